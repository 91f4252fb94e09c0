//go:build postgres && !pgstdtest

package net

import (
	"os"
	"syscall"
)

//pgstd:add
func noInterfaces() error { return os.NewSyscallError("netlinkrib", syscall.EPERM) }

func interfaceTable(ifindex int) ([]Interface, error) { return nil, noInterfaces() }

func interfaceAddrTable(ifi *Interface) ([]Addr, error) { return nil, noInterfaces() }

func interfaceMulticastAddrTable(ifi *Interface) ([]Addr, error) { return nil, noInterfaces() }
