package server

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// CallbackPath is where vendors send people back to after the consent.
const CallbackPath = "/oauth/callback"

// A Finisher finishes a sign-in with what came back from the vendor.
type Finisher func(ctx context.Context, back url.Values) (reconcile.Connection, error)

var callbackPage = template.Must(template.New("callback").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tieout: {{.Title}}</title>
<h1>{{.Title}}</h1>
<p>{{.Sentence}}</p>
</html>
`))

// Callback returns the handler that people come back to from a vendor. It says how the
// sign-in ended, and nothing of what was in the address.
func Callback(finish Finisher) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+CallbackPath, func(w http.ResponseWriter, r *http.Request) {
		conn, err := finish(r.Context(), r.URL.Query())
		shown, status := struct{ Title, Sentence string }{"Connected", conn.System.Title() + " " + conn.CompanyID + " is connected. You can close this page."}, http.StatusOK
		switch {
		case errors.Is(err, connectors.ErrRefusedSignIn):
			shown.Title, shown.Sentence, status = "Not connected", err.Error()+".", http.StatusBadRequest
		case err != nil:
			shown.Title, shown.Sentence, status = "Not connected", err.Error()+".", http.StatusBadGateway
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer") // the address holds a code
		w.WriteHeader(status)
		_ = callbackPage.Execute(w, shown) // who has gone needs no answer
	})
	return mux
}
