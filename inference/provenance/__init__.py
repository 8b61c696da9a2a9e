"""What a picture's file says of how it came to be: `writing` puts it in, `reading` takes it out again."""
