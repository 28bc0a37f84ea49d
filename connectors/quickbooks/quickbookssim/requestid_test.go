package quickbookssim

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const dora = `{"DisplayName":"Dora"}`

// What was written under a requestid is answered as the first time, byte for byte,
// whatever the second body says and whatever has become of the record.
func TestRequestIDsReplay(t *testing.T) {
	s := serve(t, nil, testOptions())
	first := s.post(t, "customer?requestid=a&minorversion=75", dora)
	if first.status != 200 {
		t.Fatalf("%d %s", first.status, first.body)
	}
	if err := s.Update("Customer", "1", `{"DisplayName":"Dori"}`); err != nil {
		t.Fatal(err)
	}
	for name, again := range map[string]answer{
		"the same":       s.post(t, "customer?requestid=a", dora),
		"another body":   s.post(t, "customer?requestid=a", `{"DisplayName":"Eve"}`),
		"another entity": s.post(t, "invoice?requestid=a", `{}`),
	} {
		if again.status != 200 || again.body != first.body {
			t.Errorf("%s: %d %s\nwant %s", name, again.status, again.body, first.body)
		}
	}
	if a := s.post(t, "customer?requestid=b", `{"DisplayName":"Fay"}`); a.body == first.body {
		t.Error("another id was taken for the same")
	}
	if a := s.post(t, "/v3/company/2/customer?requestid=a", `{"DisplayName":"Gil"}`); a.status != 200 || a.body == first.body {
		t.Errorf("in another realm: %s", a.body)
	}
	if n := len(s.Control().Writes()); n != 3 {
		t.Errorf("%d writes took effect", n)
	}
	if got := s.Control().Writes()[0].RequestID; got != "a" {
		t.Errorf("the log says requestid %q", got)
	}
}

func TestReplayNamesTheDead(t *testing.T) {
	s := serve(t, files{"Payment.jsonl": `{"Id":"40","SyncToken":"0"}` + "\n"}, testOptions())
	first := s.post(t, "payment?operation=delete&requestid=a", `{"Id":"40","SyncToken":"0"}`)
	again := s.post(t, "payment?operation=delete&requestid=a", `{"Id":"40","SyncToken":"0"}`)
	if first.status != 200 || again.body != first.body {
		t.Errorf("%s\n%s", first.body, again.body)
	}
	if a := s.post(t, "payment?operation=delete", `{"Id":"40","SyncToken":"0"}`); a.status != 400 {
		t.Errorf("without an id: %s", a.body)
	}
}

func TestRequestIDSwitches(t *testing.T) {
	twice := func(set func(*Options), path, first, second string) (a, b answer) {
		o := testOptions()
		set(&o)
		s := serve(t, nil, o)
		return s.post(t, path, first), s.post(t, path, second)
	}
	const ghost = `{"Id":"99","SyncToken":"0"}` // nobody has it
	for _, tt := range []struct {
		name          string
		set           func(*Options)
		path          string
		first, second string
		want          []int
		code          string // of the second
	}{
		{"empty protects nothing", func(*Options) {}, "customer?requestid=", dora, ghost, []int{200, 400}, "610"},
		{"ignored", func(o *Options) { o.RequestIDs = RequestIDsIgnored }, "customer?requestid=a", dora, ghost, []int{200, 400}, "610"},
		{"refused", func(o *Options) { o.RequestIDs = RequestIDsRefused }, "customer?requestid=a", dora, dora, []int{200, 400}, "6000"},
		{"lists not looked at", func(o *Options) { o.IgnoreRequestIDsOfLists = true }, "customer?requestid=a", dora, ghost, []int{200, 400}, "610"},
		{"failures are tried again", func(*Options) {}, "customer?requestid=a", ghost, dora, []int{400, 200}, ""},
		{"failures are kept", func(o *Options) { o.ReplayFailures = true }, "customer?requestid=a", ghost, dora, []int{400, 400}, "610"},
		{"fifty characters", func(*Options) {}, "customer?requestid=" + strings.Repeat("x", 50), dora, dora, []int{200, 200}, ""},
		{"too long", func(*Options) {}, "customer?requestid=" + strings.Repeat("x", 51), dora, dora, []int{400, 400}, "2130"},
	} {
		a, b := twice(tt.set, tt.path, tt.first, tt.second)
		if diff := cmp.Diff(tt.want, []int{a.status, b.status}); diff != "" {
			t.Errorf("%s: %s\n%s\n%s", tt.name, diff, a.body, b.body)
			continue
		}
		if tt.code != "" {
			if code, _ := b.faultOf(t); code != tt.code {
				t.Errorf("%s: %s", tt.name, b.body)
			}
		}
	}
}

// The items of a batch are remembered by requestid and bId together.
func TestRequestIDsOfBatches(t *testing.T) {
	s := serve(t, nil, testOptions())
	const cy, di, ghost = `{"bId":"1","operation":"create","Customer":{"DisplayName":"Cy"}}`,
		`{"bId":"2","operation":"create","Customer":{"DisplayName":"Di"}}`, `{"bId":"2","operation":"update","Customer":{"Id":"99","SyncToken":"0"}}`
	first := s.batch(t, "batch?requestid=r", cy, ghost)
	second := s.batch(t, "batch?requestid=r", cy, di)
	if diff := cmp.Diff(string(first[`"1"`]["Customer"]), string(second[`"1"`]["Customer"])); diff != "" {
		t.Error(diff)
	}
	if codeOf(t, first[`"2"`]) != "610" || codeOf(t, second[`"2"`]) != "" {
		t.Errorf("%s, then %s", first[`"2"`], second[`"2"`])
	}
	if n := len(s.Control().Writes()); n != 2 {
		t.Errorf("%d writes took effect", n)
	}
	long := s.batch(t, "batch?requestid="+strings.Repeat("x", 36), `{"bId":"`+strings.Repeat("y", 14)+`","operation":"create","Customer":{"DisplayName":"Ed"}}`,
		`{"bId":"`+strings.Repeat("y", 15)+`","operation":"create","Customer":{"DisplayName":"Flo"}}`)
	if code := codeOf(t, long[`"`+strings.Repeat("y", 14)+`"`]); code != "" {
		t.Errorf("50 characters: %s", code)
	}
	want := "Business Validation Error: You cannot enter more than 50 characters in the request_id field. You tried entering xxxxxxxxxx..., which is 51 characters."
	if item := long[`"`+strings.Repeat("y", 15)+`"`]; codeOf(t, item) != "6000" || !strings.Contains(string(item["Fault"]), want) {
		t.Errorf("51 characters: %s", item)
	}
}

// Who comes while the first is under way gets the first one's answer.
func TestRequestIDsAtOnce(t *testing.T) {
	s := serve(t, nil, testOptions())
	var work sync.WaitGroup
	bodies := make([]string, 8)
	for n := range bodies {
		work.Go(func() { bodies[n] = s.post(t, "customer?requestid=a", dora).body })
	}
	work.Wait()
	for _, body := range bodies {
		if body != bodies[0] || !strings.Contains(body, `"Dora"`) {
			t.Errorf("%s\n%s", body, bodies[0])
		}
	}
	if n := len(s.Control().Writes()); n != 1 {
		t.Errorf("%d writes took effect", n)
	}
}
