// Package begins has packages that do something when they are initialised.
package begins
