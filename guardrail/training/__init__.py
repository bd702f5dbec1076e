"""Training: makes models and hands them in as folders. Nothing at run time imports it."""
