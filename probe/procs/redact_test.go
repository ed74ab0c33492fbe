package procs

import (
	"os/exec"
	"strings"
	"testing"
)

func TestCommandHidesSecrets(t *testing.T) {
	for _, test := range [][2]string{
		{"serve|--api-key=XYZ|--port|8000", "serve --api-key=*** --port 8000"},
		{"serve|--api-key|XYZ", "serve --api-key ***"},
		{"x|--hf_token|XYZ|--Password|XYZ|--auth-token=XYZ", "x --hf_token *** --Password *** --auth-token=***"},
		{"x|-p|XYZ|-p|8080|-p|-v", "x -p *** -p 8080 -p -v"},
		{"env|HF_TOKEN=XYZ|DB_PASSWORD=XYZ|python", "env HF_TOKEN=*** DB_PASSWORD=*** python"},
		{"curl|https://u:XYZ@host/path|http://host/?a=1&token=XYZ&b=2", "curl https://***@host/path http://host/?a=1&token=***&b=2"},
		{"curl|-H|Authorization: Bearer XYZXYZXYZ", "curl -H Authorization: Bearer ***"},
		{"python|-c|api_key = 'XYZ'; run()", "python -c api_key = '***'; run()"},
		{"x|hf_XYZaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x ***"},
		{"x|sk-XYZaaaaaaaaaaaaaaaaaaaaaaa", "x ***"},
		{"train|--max-tokens|4096|--tokenizer|t5|--token-budget=9|--sort-key|a", "train --max-tokens 4096 --tokenizer t5 --token-budget=9 --sort-key a"},
		{"train|lr=0.1|--key|a|--token", "train lr=0.1 --key a --token"},
		{"a\x1b]52;c;XX\x07|b\u202ec|d\ne", "a]52;c;XX bc d e"},
	} {
		got := command(strings.Split(test[0], "|"))
		if got != test[1] {
			t.Errorf("%q\n gave %q\n want %q", test[0], got, test[1])
		}
		if strings.Contains(got, "XYZ") {
			t.Errorf("%q: a secret is left in %q", test[0], got)
		}
	}
}

// What is copied into a shell gives the same arguments again.
func TestShellLine(t *testing.T) {
	args := []string{"python", "-c", "print('a b'); import sys\\n", "", "--x=1", "$HOME", "*"}
	out, err := exec.Command("sh", "-c", `for a in "$@"; do :; done; eval "set -- $1"; printf '%s|' "$@"`, "sh", shellLine(args)).Output()
	if want := strings.Join(args, "|") + "|"; err != nil || string(out) != want {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
	if got := shellLine([]string{"serve", "--api-key", "sk-123", "TOKEN=x"}); got != "serve --api-key '***' TOKEN='***'" && got != "serve --api-key '***' 'TOKEN=***'" {
		t.Errorf("a secret, or a word that a shell would change: %s", got)
	}
}
