"""What every kind of training shares: recipes, run folders, seeds, progress."""
