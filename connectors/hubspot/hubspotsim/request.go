package hubspotsim

import (
	"encoding/json"
	"errors"
	"mime"
	"net/url"
	"strconv"
	"strings"
)

// maxBody bounds a request body: a batch of 1,000 inputs is far below it.
const maxBody = 16 << 20

// maxURL bounds path and query ("Handling errors" page: 414 for too long ones, such
// as those with many properties; the number is assumed).
const maxURL = 16 << 10

// text is a string of a request body that may be written as a number or bool,
// as HubSpot's own examples do.
type text string

// UnmarshalJSON takes a string, number, bool or null.
func (t *text) UnmarshalJSON(raw []byte) error {
	literal, _, err := wireValue(raw)
	if err != nil {
		return err
	}
	if literal != nil {
		*t = text(unquote(literal))
	}
	return nil
}

// decode reads the JSON body of a call into v.
func (c *call) decode(v any) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	return decode(body, v)
}

// body reads the body of a call, which must say that it is JSON.
func (c *call) body() ([]byte, error) {
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, errMediaType
	}
	return c.content, nil
}

func decode(body []byte, v any) error {
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	at := int64(len(body))
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &mistyped):
		at = mistyped.Offset
	}
	before := string(body[:min(at, int64(len(body)))])
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndex(before, "\n") // LastIndex is -1 on the first line
	return invalid("Invalid input JSON on line %d, column %d: %v", line, column, err)
}

// words is a list parameter: given several times, or once with commas.
func (c *call) words(name string) []string {
	var list []string
	for _, value := range c.query[name] {
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word != "" {
				list = append(list, word)
			}
		}
	}
	return list
}

// flag is a true-or-false parameter, false when it is not given.
func (c *call) flag(name string) (value, given bool, err error) {
	switch c.query.Get(name) {
	case "":
		return false, false, nil
	case "true":
		return true, true, nil
	case "false":
		return false, true, nil
	}
	return false, true, invalid("Invalid value for query parameter %s: must be true or false", name)
}

// limit is the page size that the query asks for.
func (p *Portal) limit(c *call, otherwise, most int) (int, error) {
	asked := c.query.Get("limit")
	if asked == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(asked)
	if err != nil {
		return 0, invalid("Invalid value for query parameter limit: %q is not an integer", asked)
	}
	return p.checkLimit(n, most)
}

// checkLimit refuses a page size that is too large, or cuts it down. Which of
// the two HubSpot does is not documented: see Options.ClampLimit.
func (p *Portal) checkLimit(n, most int) (int, error) {
	if n > most && p.options.ClampLimit {
		return most, nil
	}
	if n < 1 || n > most {
		return 0, invalid("Invalid limit %d: it must be between 1 and %d", n, most)
	}
	return n, nil
}

// checkInputs refuses a batch that has no inputs member or too many inputs.
func checkInputs(n int, missing bool, most int) error {
	if missing {
		return invalid("Invalid input: required member inputs is missing")
	}
	if n > most {
		return invalid("The maximum number of inputs supported in a batch request is %d, got %d", most, n)
	}
	return nil
}

// link is the address of the next page of a GET. HubSpot's samples show its
// public host in it, whichever host was called, so that following it instead
// of after leads away.
func (c *call) link(after string) string {
	if after == "" || c.Method != "GET" {
		return ""
	}
	query := url.Values{}
	for name, values := range c.query {
		query[name] = values
	}
	query.Set("after", after)
	return "https://api.hubapi.com" + c.URL.Path + "?" + query.Encode()
}
