// Package wire holds the API's own shapes: the scalars, the connections with
// their cursors, global ids, and the few rows that the domain has no noun for.
// It stands apart from package graph because the generated code needs these
// types, and graph needs the generated code.
package wire
