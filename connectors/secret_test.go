package connectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretShowsNothing(t *testing.T) {
	config := struct{ Token Secret }{testToken}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", config.Token, config)
	}
	if err := json.NewEncoder(&out).Encode(config); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "token", config.Token, "config", config)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", config.Token, "config", config)
	if strings.Contains(out.String(), testToken) || strings.Contains(out.String(), fmt.Sprintf("%x", testToken)) {
		t.Errorf("shown in %s", &out)
	}
	if config.Token.Reveal() != testToken {
		t.Error("Reveal does not return the token")
	}
}
