package main

import "runtime/debug"

// version is set by release builds (-ldflags "-X main.version=…").
var version = ""

// versionText is the version, from the build where nothing else says it.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
