module example.org/stdprobe

go 1.26
