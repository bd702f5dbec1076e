"""What several test modules share: the reference evaluator, generators and the case files."""
