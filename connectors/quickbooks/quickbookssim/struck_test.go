package quickbookssim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox/control"
	"github.com/tieout/tieout/sandbox/signin"
)

// tries sends a body and tells whether an answer came.
func (s testServer) tries(t *testing.T, path, body string) error {
	t.Helper()
	r := s.request(t, http.MethodPost, path, body)
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return resp.Write(new(strings.Builder))
}

// Whatever becomes of a write's answer, what took effect is seen, and the same
// requestid makes nothing a second time.
func TestAnswersLost(t *testing.T) {
	for effect, done := range map[control.Effect]bool{
		control.Drop: false, control.DropAfter: true, control.Refuse: false, control.RefuseAfter: true, control.Cut: true, control.HTML: false,
	} {
		s := serve(t, nil, testOptions())
		if _, err := s.Control().Strike(control.Rule{Method: "POST", Path: "/customer", Times: 1, Effect: effect}); err != nil {
			t.Fatal(err)
		}
		if err := s.tries(t, "customer?requestid=a", dora); err == nil {
			t.Errorf("%s: answered", effect)
		}
		if n := len(s.rows(t, "SELECT * FROM Customer").rows); (n == 1) != done {
			t.Errorf("%s: %d customers", effect, n)
		}
		if err := s.tries(t, "customer?requestid=a", dora); err != nil {
			t.Errorf("%s, again: %v", effect, err)
		}
		if n, writes := len(s.rows(t, "SELECT * FROM Customer").rows), s.Control().Writes(); n != 1 || len(writes) != 1 || writes[0].RequestID != "a" {
			t.Errorf("%s, again: %d customers, writes %v", effect, n, writes)
		}
	}
}

// The third write is refused as stale, whatever it says; the fourth is not.
func TestStaleOnTheThirdWrite(t *testing.T) {
	s := serve(t, books, testOptions())
	if _, err := s.Control().Strike(control.Rule{Method: "POST", Path: "/customer", Skip: 2, Times: 1, Effect: control.Refuse, Status: 400, Code: "5010"}); err != nil {
		t.Fatal(err)
	}
	token := 0
	for n := range 4 {
		a := s.post(t, "customer", fmt.Sprintf(`{"Id":"1","SyncToken":"%d","sparse":true,"Notes":"%d"}`, token, n))
		if a.status == http.StatusOK {
			token++
			continue
		}
		if code, _ := a.faultOf(t); code != "5010" || n != 2 {
			t.Errorf("write %d: %s", n, a.body)
		}
	}
	if token != 3 {
		t.Errorf("%d writes took effect", token)
	}
}

// An edit between two pages of the usual order moves a row to the front: another is
// seen twice. What is deleted between a page and a read is 610.
func TestBooksMoveWhileRead(t *testing.T) {
	s, now := clocked(t, books, Options{})
	first := s.rows(t, "SELECT * FROM Invoice MAXRESULTS 2").ids()
	*now = now.Add(time.Second)
	if err := errors.Join(s.Update("Invoice", "1000", `{"TotalAmt":1}`), s.Delete("Invoice", "99")); err != nil {
		t.Fatal(err)
	}
	if second := s.rows(t, "SELECT * FROM Invoice STARTPOSITION 2 MAXRESULTS 2").ids(); first != "99 100" || second != "100" {
		t.Errorf("pages %s, then %s", first, second)
	}
	if code, _ := s.get(t, "invoice/99").faultOf(t); code != "610" {
		t.Errorf("got %s", code)
	}
}

// A rotation whose answer is lost took place: the old token has its grace, or none.
func TestRotationLost(t *testing.T) {
	for grace, status := range map[time.Duration]int{0: http.StatusBadRequest, time.Hour: http.StatusOK} {
		l := newSignInLab(t, OAuth{Options: signin.Options{Grace: grace, Fault: func(n int) signin.Fault {
			if n == 2 {
				return signin.LostAnswer
			}
			return signin.NoFault
		}}})
		old := tokensIn(t, l.token(t, l.codeForm(t, accounting))).RefreshToken
		r := l.tokenRequest(t, refreshing(old))
		if resp, err := http.DefaultTransport.RoundTrip(r); err == nil {
			resp.Body.Close()
			t.Error("answered")
		}
		if a := l.token(t, refreshing(old)); a.status != status || l.SignIn().Refreshes() < 1 {
			t.Errorf("grace %v: %d %s", grace, a.status, a.body)
		}
	}
}

// A batch of a request that reads late reads late.
func TestBatchesReadLate(t *testing.T) {
	s, now := clocked(t, books, Options{})
	*now = now.Add(time.Second)
	if err := s.Update("Invoice", "99", `{"PrivateNote":"later"}`); err != nil {
		t.Fatal(err)
	}
	for _, late := range []bool{false, true} {
		s.Control().Clear()
		if late {
			if _, err := s.Control().Strike(control.Rule{Effect: control.Stale}); err != nil {
				t.Fatal(err)
			}
		}
		a := s.post(t, "batch", `{"BatchItemRequest":[{"bId":"1","Query":"SELECT * FROM Invoice WHERE Id = '99'"}]}`)
		if strings.Contains(a.body, "later") == late {
			t.Errorf("late %v: %s", late, a.body)
		}
	}
}
