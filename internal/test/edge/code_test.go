package edge

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
)

// What the function may be made of. CloudFront Functions' runtime 2.0 is "compliant with ECMAScript version 5.1 and also supports
// some features of versions 6 through 12" (CloudFront developer guide, "JavaScript runtime 2.0 features"); it has no eval, Function,
// timers, network or files ("Restricted features" there). So: the syntax, globals and methods of ECMAScript 5.1, and of those only
// the ones in use.
var (
	allowedSyntax = strings.Fields(`Program FunctionDeclaration FunctionLiteral ParameterList Binding VariableStatement VariableDeclaration
		BlockStatement IfStatement ForStatement ForLoopInitializerVarDeclList ForLoopInitializerExpression
		ReturnStatement ExpressionStatement TryStatement CatchStatement EmptyStatement Identifier DotExpression
		BracketExpression CallExpression AssignExpression BinaryExpression UnaryExpression ConditionalExpression
		SequenceExpression ObjectLiteral PropertyKeyed ArrayLiteral StringLiteral NumberLiteral BooleanLiteral
		NullLiteral RegExpLiteral`)
	allowedGlobals = strings.Fields(`JSON Number Object decodeURIComponent encodeURI encodeURIComponent parseInt`)
	allowedMethods = strings.Fields(`slice split join concat push indexOf charAt toLowerCase toString replace exec test hasOwnProperty
		stringify length keys map some`)
	// ownFields are the function's data and CloudFront's event.
	ownFields = strings.Fields(`$ depth strict routes api console langfuse request viewer ip uri method headers
		upgrade value multiValue querystring body key`)
)

func TestFunctionUsesOnlyECMAScript5(t *testing.T) {
	t.Parallel()
	gateway, err := routes.GatewayFunction(everyone(), routes.Table(everyone()), langfuseURL)
	require.NoError(t, err)
	langfuse, err := routes.LangfuseFunction(everyone())
	require.NoError(t, err)
	for _, code := range []string{gateway, langfuse} {
		require.Empty(t, foreign(t, code))
	}
	for what, code := range map[string]string{
		"arrow": "var f = (x) => x;", "let": "let x = 1;", "class": "class A {}", "template": "var x = `a`;", "spread": "var f = [...[1]];",
		"lookbehind":  `var r = /(?<=a)b/;`,
		"named group": `var r = /(?<n>b)/;`, "sticky": "var r = /a/y;", "eval": "eval('1');", "timer": "setTimeout(handler);",
		"ES6 method":    "var x = 'a'.startsWith('a');",
		"destructuring": "var [x] = [1];", "optional": "var a = {}; var x = a?.b;", "for of": "for (var x of []) {}",
	} {
		require.NotEmpty(t, foreign(t, code), "the check must notice: %s", what)
	}
}

// foreign lists what a program uses beyond the lists above.
func foreign(t *testing.T, code string) []string {
	t.Helper()
	program, err := parser.ParseFile(nil, "function.js", code, 0)
	if err != nil {
		return []string{err.Error()}
	}
	found := &features{declared: map[string]bool{}}
	found.walk(reflect.ValueOf(program.Body), true)
	found.walk(reflect.ValueOf(program.Body), false)
	return found.problems
}

type features struct {
	declared map[string]bool
	problems []string
}

// walk goes through the syntax tree twice: first it collects what is declared, then it complains.
func (f *features) walk(value reflect.Value, declaring bool) {
	switch value.Kind() { //nolint:exhaustive // the other kinds hold no syntax
	case reflect.Interface:
		f.walk(value.Elem(), declaring)
	case reflect.Slice:
		for i := range value.Len() {
			f.walk(value.Index(i), declaring)
		}
	case reflect.Pointer:
		if value.IsNil() || value.Elem().Kind() != reflect.Struct {
			return
		}
		if node, ok := value.Interface().(ast.Node); ok {
			f.visit(node, value.Elem().Type().Name(), declaring)
		}
		for i := range value.Elem().NumField() {
			// DeclarationList repeats what the body holds.
			if field := value.Elem().Type().Field(i); field.IsExported() && field.Name != "DeclarationList" && field.Name != "File" {
				f.walk(value.Elem().Field(i), declaring)
			}
		}
	case reflect.Struct:
		if value.CanAddr() {
			f.walk(value.Addr(), declaring)
		}
	}
}

func (f *features) visit(node ast.Node, name string, declaring bool) {
	if declaring {
		switch node := node.(type) {
		case *ast.FunctionLiteral:
			if node.Name != nil {
				f.declared[node.Name.Name.String()] = true
			}
			for _, parameter := range node.ParameterList.List {
				f.declare(parameter.Target)
			}
		case *ast.VariableDeclaration:
			for _, binding := range node.List {
				f.declare(binding.Target)
			}
		case *ast.VariableStatement:
			for _, binding := range node.List {
				f.declare(binding.Target)
			}
		case *ast.ForLoopInitializerVarDeclList:
			for _, binding := range node.List {
				f.declare(binding.Target)
			}
		case *ast.CatchStatement:
			f.declare(node.Parameter)
		}
		return
	}
	f.require(slices.Contains(allowedSyntax, name), "syntax %s", name)
	switch node := node.(type) {
	case *ast.DotExpression:
		field := node.Identifier.Name.String()
		f.require(slices.Contains(allowedMethods, field) || slices.Contains(ownFields, field) || f.declared[field], "field or method %s", field)
	case *ast.Identifier:
		known := node.Name.String()
		f.require(f.declared[known] || slices.Contains(allowedGlobals, known) || slices.Contains(allowedMethods,
			known) || slices.Contains(ownFields, known), "name %s", known)
	case *ast.RegExpLiteral:
		f.require(!strings.Contains(node.Pattern, "(?<") && !strings.Contains(node.Pattern, `\p`) && strings.Trim(node.Flags, "gim") == "",
			"regular expression %s", node.Literal)
	}
}

func (f *features) declare(target any) {
	if identifier, ok := target.(*ast.Identifier); ok {
		f.declared[identifier.Name.String()] = true
	}
}

func (f *features) require(ok bool, format string, args ...any) {
	if !ok {
		f.problems = append(f.problems, fmt.Sprintf(format, args...))
	}
}

func TestFunctionFitsCloudFrontWithRoomForNetworks(t *testing.T) {
	t.Parallel()
	var options routes.Options
	options.PublicMetrics = true
	for i := range 40 {
		options.APICidrs = append(options.APICidrs, fmt.Sprintf("203.0.%d.0/27", i))
		options.ConsoleCidrs = append(options.ConsoleCidrs, fmt.Sprintf("2001:db8:%x::/47", i*2))
	}
	code, err := routes.GatewayFunction(options, routes.Table(options), langfuseURL)
	require.NoError(t, err, "40 networks for each of the two settings fit")
	bare, err := routes.GatewayFunction(everyone(), routes.Table(everyone()), langfuseURL)
	require.NoError(t, err)
	t.Logf("%d bytes of %d; with 80 networks %d", len(bare), routes.MaxFunctionBytes, len(code))
	require.Less(t, len(bare), routes.MaxFunctionBytes*3/4, "a quarter stays free for routes and networks")
	for i := range 1000 {
		options.APICidrs = append(options.APICidrs, fmt.Sprintf("2001:db8:%x::/48", i))
	}
	_, err = routes.GatewayFunction(options, routes.Table(options), langfuseURL)
	require.ErrorContains(t, err, "edge.apiCidrs", "what is too large is refused by name")
	require.Regexp(t, `has \d+ bytes, CloudFront takes 10240: \d+ of program, \d+ of public routes, \d+ of the 1080 networks`, err.Error())
	_, err = routes.GatewayFunction(routes.Options{ConsoleCidrs: []string{"10.0.0.0"}}, nil, langfuseURL)
	require.ErrorContains(t, err, `edge.consoleCidrs: "10.0.0.0" is not a CIDR`)
}

// Two hundred routes as long as those of the table are more than twice of what LiteLLM could offer here.
func TestTwoHundredRoutesFit(t *testing.T) {
	t.Parallel()
	length, own := 0, routes.Table(everyone())
	for _, route := range own {
		length += len(route.Pattern)
	}
	var table []routes.Route
	for i := range 200 {
		pattern := fmt.Sprintf("/v1/%d%s", i, strings.Repeat("x", 100))[:length/len(own)]
		table = append(table, routes.Route{Methods: []string{"POST"}, Pattern: pattern, Service: routes.LiteLLM, Why: "a test"})
	}
	code, err := routes.GatewayFunction(everyone(), table, langfuseURL)
	require.NoError(t, err)
	t.Logf("%d bytes with 200 routes of %d characters", len(code), length/len(own))
}

func TestEveryRouteSaysWhyItIsPublic(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, route := range routes.Table(everyone()) {
		require.NotEmpty(t, route.Why, route.Pattern)
		require.NotEmpty(t, route.Methods, route.Pattern)
		require.False(t, seen[route.Pattern], "%s is listed twice", route.Pattern)
		seen[route.Pattern] = true
	}
	for _, wrong := range []routes.Route{
		{Methods: []string{"GET"}, Pattern: "v1", Service: routes.LiteLLM},
		{
			Methods: []string{"GET"}, Pattern: "/a%20b",
			Service: routes.LiteLLM,
		},
		{Methods: []string{"HEAD"}, Pattern: "/a", Service: routes.LiteLLM},
		{Methods: []string{"GET"}, Pattern: "/a", Service: "nobody"},
		{Methods: []string{"GET"}, Pattern: "/a/*/b", Service: routes.LiteLLM},
	} {
		_, err := routes.GatewayFunction(everyone(), []routes.Route{wrong}, langfuseURL)
		require.Error(t, err, "%+v", wrong)
	}
}
