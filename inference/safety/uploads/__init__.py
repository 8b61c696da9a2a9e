"""Pictures from outside: `terms` says what is taken in, `cleaning` makes it plain, in a process of its own."""
