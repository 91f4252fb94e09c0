//go:build postgres

// This file is empty: its presence lets the package declare functions whose
// bodies are in package runtime.
