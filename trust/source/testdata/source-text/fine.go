package a

// Lines may end as they do on Windows, and é, 世界 and 👩‍💻 are fine.
const World = "世界 \u202e 👩‍💻"
