package quickbookssim

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tieout/tieout/sandbox/control"
)

// refused asks for preferences under a rule that refuses once.
func (s testServer) refused(t *testing.T, status int, code string) answer {
	t.Helper()
	s.Control().Clear()
	if _, err := s.Control().Strike(control.Rule{Effect: control.Refuse, Status: status, Code: code, Times: 1}); err != nil {
		t.Fatal(err)
	}
	return s.get(t, "preferences")
}

// TestQuotedFaults holds the bodies that are quoted in threads and fixtures
// (testdata/docs) against what is answered on command.
func TestQuotedFaults(t *testing.T) {
	s := serve(t, nil, testOptions())
	files, err := filepath.Glob(filepath.Join("testdata", "docs", "fault_*.json"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		status, code := http.StatusBadRequest, strings.Split(filepath.Base(file), "_")[2]
		if strings.Contains(file, "_403_") {
			status = http.StatusForbidden
		}
		a := s.refused(t, status, code)
		if a.status != status {
			t.Errorf("%s: status %d", file, a.status)
		}
		got, want := decode(t, []byte(a.body)), decode(t, raw)
		delete(got, "time")
		delete(want, "time")
		switch code {
		case "4000", "6240": // the code has several texts; these two are the query's and the tax service's
			got, want = keysOf(t, got), keysOf(t, want)
			if code == "6240" {
				got["element"] = want["element"]
			}
		}
		if g, w := string(encode(got)), string(encode(want)); g != w {
			t.Errorf("%s:\ngot  %s\nwant %s", file, g, w)
		}
	}
}

// keysOf is what of a fault is the same whatever its detail says.
func keysOf(t *testing.T, body map[string]any) map[string]any {
	t.Helper()
	raw := encode(body)
	var f struct {
		Fault struct{ Error []map[string]any }
	}
	if err := json.Unmarshal(raw, &f); err != nil || len(f.Fault.Error) != 1 {
		t.Fatalf("%s: %v", raw, err)
	}
	delete(f.Fault.Error[0], "Detail")
	return f.Fault.Error[0]
}

// Every code of the table is answered on command, in the normal form but for
// what the gateway says in XML.
func TestEveryCodeOnCommand(t *testing.T) {
	s := serve(t, nil, testOptions())
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		a := s.refused(t, http.StatusBadRequest, code)
		if code == "100" || code == "130" {
			if a.status != http.StatusUnauthorized || !strings.Contains(a.body, `<Fault type="AUTHENTICATION"><Error code="`+code+`">`) {
				t.Errorf("%s: %d %s", code, a.status, a.body)
			}
			continue
		}
		if got, detail := a.faultOf(t); got != code || detail == "" || a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", code, a.status, a.body)
		}
	}
}

func TestRefusalsOnCommand(t *testing.T) {
	s := serve(t, nil, testOptions())
	for _, tt := range []struct {
		status int
		code   string
		want   int
		part   string
	}{
		{401, "", 401, `"code":"3200"`},
		{503, "3200", 401, `"code":"3200"`},
		{403, "", 403, `"code":"3100"`},
		{429, "", 429, `<Error code="3001">`},
		{503, "3001", 429, `ThrottleExceeded`},
		{400, "", 400, `Please wait a few minutes and try again.`},
		{500, "", 500, `"type":"SystemFault"`},
		{500, "120", 500, `"type":"AuthorizatonFault"`},
		{502, "", 502, ""},
		{200, "6000", 200, `{"Fault":{"Error":[{"Message":"A business validation error has occurred`},
	} {
		a := s.refused(t, tt.status, tt.code)
		if a.status != tt.want || !strings.Contains(a.body, tt.part) || tt.part == "" && a.body != "" {
			t.Errorf("%d %s: %d %s", tt.status, tt.code, a.status, a.body)
		}
		if a.header.Get("intuit_tid") == "" {
			t.Errorf("%d %s: no intuit_tid", tt.status, tt.code)
		}
	}
}

// A code that there is none of is refused, with those that there are.
func TestUnknownCodeOnCommand(t *testing.T) {
	s := serve(t, nil, testOptions())
	_, err := s.Control().Strike(control.Rule{Effect: control.Refuse, Status: 400, Code: "4711"})
	if err == nil || !strings.Contains(err.Error(), `"4711"`) || !strings.Contains(err.Error(), "610, 620,") || !strings.Contains(err.Error(), "3001") {
		t.Errorf("got %v", err)
	}
}

// A static token, and any one of an open company, works again when the faults end.
func TestDeadStaticToken(t *testing.T) {
	for name, o := range map[string]Options{"static": {Token: "token", Realm: "1"}, "open": testOptions()} {
		s := serve(t, nil, o)
		if _, err := s.Control().Strike(control.Rule{Effect: control.DeadToken, Times: 1}); err != nil {
			t.Fatal(err)
		}
		for n, want := range []int{http.StatusUnauthorized, http.StatusUnauthorized, http.StatusOK} {
			if n == 2 {
				s.Control().Clear()
			}
			if a := s.get(t, "preferences"); a.status != want {
				t.Errorf("%s, request %d: %d, want %d", name, n, a.status, want)
			}
		}
	}
}
