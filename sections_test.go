package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seesSettings are the folders whose packages may see the whole settings: who reads them, the program that hands sections out, and the tools that tell
// of a stack. internal/test is tests.
var seesSettings = []string{".", "config", "config/configtest", "internal/cost", "internal/cost/cmd", "internal/docs", "internal/doctor", "internal/problems", "internal/test"}

// TestNoPartSeesTheWholeSettings: a part's Args say what it reads, so that a reader of the signature knows the package.
func TestNoPartSeesTheWholeSettings(t *testing.T) {
	t.Parallel()
	parsed := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || slices.Contains(seesSettings[1:], filepath.ToSlash(path))) {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == "." {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		parsed++
		require.False(t, mentionsSettings(file), "%s mentions config.Settings: give its package the section that it reads", path)
		return nil
	}))
	require.Greater(t, parsed, 50, "the parts were looked at")
}

// mentionsSettings says whether a file names the type config.Settings, under whatever name it imports the package.
func mentionsSettings(file *ast.File) bool {
	name := ""
	for _, one := range file.Imports {
		if one.Path.Value == `"kong-llm-gateway/config"` {
			name = "config"
			if one.Name != nil {
				name = one.Name.Name
			}
		}
	}
	found := false
	ast.Inspect(file, func(node ast.Node) bool {
		selector, isSelector := node.(*ast.SelectorExpr)
		if isSelector && selector.Sel.Name == "Settings" {
			owner, isName := selector.X.(*ast.Ident)
			found = found || isName && owner.Name == name && name != ""
		}
		return true
	})
	return found
}
