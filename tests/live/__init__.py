"""Questions to AWS itself, each asked of the local AWS too."""
