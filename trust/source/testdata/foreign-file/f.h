// +build ignore
