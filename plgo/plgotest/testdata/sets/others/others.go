package texts
