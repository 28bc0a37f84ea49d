package graph

// Limits are the limits of a document, by themselves.
var Limits = limits{}
