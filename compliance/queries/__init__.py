"""What doors ask of compliance."""
