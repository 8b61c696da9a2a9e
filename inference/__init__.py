"""What makes: requests become jobs, and one actor on the GPU turns jobs into artifacts."""
