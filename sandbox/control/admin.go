package control

import (
	"encoding/json"
	"net/http"
)

// base is below which the control answers.
const base = "/_sandbox/"

// orders are what routes takes, and what each does.
var orders = map[string]string{
	"GET " + base + "requests":  "how many requests of each kind there were",
	"GET " + base + "writes":    "every change that a caller made, oldest first",
	"GET " + base + "faults":    "the faults in force, and how often each has struck",
	"POST " + base + "faults":   "put a fault in force: method, path, skip, times, effect, delay, status, code, retryAfter",
	"DELETE " + base + "faults": "end all of them, and let static tokens work again",
}

// routes are the addresses of the control. They ask for no token: a simulator
// listens to its own machine.
func (c *Control) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"{$}", func(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, orders) })
	mux.HandleFunc("GET "+base+"requests", func(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, c.vendor.Requests()) })
	mux.HandleFunc("GET "+base+"writes", func(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, c.Writes()) })
	mux.HandleFunc("GET "+base+"faults", func(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, c.Faults()) })
	mux.HandleFunc("DELETE "+base+"faults", func(w http.ResponseWriter, _ *http.Request) {
		c.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST "+base+"faults", func(w http.ResponseWriter, r *http.Request) {
		var rule Rule
		in := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
		in.DisallowUnknownFields()
		err := in.Decode(&rule)
		var fault Fault
		if err == nil {
			fault, err = c.Strike(rule)
		}
		if err != nil {
			tell(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		tell(w, http.StatusCreated, fault)
	})
	return mux
}

func tell(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // who has gone needs no answer
}
