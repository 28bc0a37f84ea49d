package hubspot

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

func TestRefusal(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   connectors.Refusal
	}{
		{"envelope", 400, `{"status":"error","message":"m","correlationId":"c1","category":"VALIDATION_ERROR"}`,
			connectors.Refusal{Code: "VALIDATION_ERROR", Message: "m", RequestID: "c1"}},
		{"daily limit", 429, `{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","correlationId":"c2","policyName":"DAILY","requestId":"r"}`,
			connectors.Refusal{Code: "RATE_LIMIT", Message: "You have reached your daily limit.", RequestID: "c2", Final: true}},
		{"search limit", 429, `{"message":"m","category":"RATE_LIMITS","policyName":"SECONDLY"}`,
			connectors.Refusal{Code: "RATE_LIMITS", Message: "m", Wait: time.Second}},
		{"ten seconds", 429, `{"message":"m","policyName":"TEN_SECONDLY_ROLLING"}`, connectors.Refusal{Message: "m", Wait: 10 * time.Second}},
		{"no body", 429, ``, connectors.Refusal{Wait: 10 * time.Second}},
		{"HTML", 502, `<html>Bad gateway</html>`, connectors.Refusal{}},
		{"cut off", 500, `{"message":"m`, connectors.Refusal{}},
		{"odd context", 403, `{"message":"m","category":"MISSING_SCOPES","context":{"ids":"7"}}`, connectors.Refusal{Code: "MISSING_SCOPES", Message: "m"}},
	} {
		if got := refusal(tt.status, http.Header{}, []byte(tt.body)); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestDeniedSaysWhatToDo(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"status":"error","message":"This app hasn't been granted all required scopes to make this call.","category":"MISSING_SCOPES","correlationId":"c7"}`))
	})
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		_, err := pull(t, newClient(t, h, "", unpaced), o)
		if !errors.Is(err, connectors.ErrDenied) || !strings.Contains(err.Error(), "403 MISSING_SCOPES access denied: check the access token (TIEOUT_HUBSPOT_TOKEN)") ||
			!strings.Contains(err.Error(), "(request c7)") {
			t.Errorf("%s: got %v", o, err)
		}
	}
}
