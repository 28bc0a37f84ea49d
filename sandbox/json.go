package sandbox

import "strconv"

// An object is a JSON text under construction, its members in the order of
// the calls. Millions of records are written, which reflection would make slow.
type object struct{ buf []byte }

func (o *object) reset() { o.buf = append(o.buf[:0], '{') }

// close ends the outermost object and its line.
func (o *object) close() { o.buf = append(o.buf, '}', '\n') }

func (o *object) comma() {
	if last := o.buf[len(o.buf)-1]; last != '{' && last != '[' {
		o.buf = append(o.buf, ',')
	}
}

func (o *object) key(k string) {
	o.comma()
	o.buf = append(quote(o.buf, k), ':')
}

func (o *object) str(k, v string) {
	o.key(k)
	o.buf = quote(o.buf, v)
}

// null writes the string, or null when it is empty, as HubSpot does with
// properties that are defined but hold nothing.
func (o *object) null(k, v string) {
	if v == "" {
		o.raw(k, "null")
		return
	}
	o.str(k, v)
}

// opt writes the string, or no member when it is empty, as QuickBooks does.
func (o *object) opt(k, v string) {
	if v != "" {
		o.str(k, v)
	}
}

func (o *object) raw(k, json string) {
	o.key(k)
	o.buf = append(o.buf, json...)
}

func (o *object) bool(k string, v bool) { o.raw(k, strconv.FormatBool(v)) }

func (o *object) int(k string, v int64) { o.raw(k, strconv.FormatInt(v, 10)) }

func (o *object) begin(k string) {
	o.key(k)
	o.buf = append(o.buf, '{')
}

func (o *object) end() { o.buf = append(o.buf, '}') }

func (o *object) list(k string) {
	o.key(k)
	o.buf = append(o.buf, '[')
}

// item opens an object within a list; end closes it.
func (o *object) item() {
	o.comma()
	o.buf = append(o.buf, '{')
}

func (o *object) endList() { o.buf = append(o.buf, ']') }

// ids writes a list of ids as strings, or nothing when there are none.
func (o *object) ids(k string, ids []int64) {
	if len(ids) == 0 {
		return
	}
	o.list(k)
	for _, id := range ids {
		o.comma()
		o.buf = append(o.buf, '"')
		o.buf = strconv.AppendInt(o.buf, id, 10)
		o.buf = append(o.buf, '"')
	}
	o.endList()
}

func quote(buf []byte, s string) []byte {
	const hex = "0123456789abcdef"
	buf = append(buf, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', c)
		case c < ' ':
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			buf = append(buf, c)
		}
	}
	return append(buf, '"')
}
