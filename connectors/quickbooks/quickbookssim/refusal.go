package quickbookssim

// What is said of a write that cannot be. The texts are those of quotations where
// there are any; the codes are Intuit's (develop/troubleshooting/error-codes).

// malformed is fault 2010 for what is no JSON object. Its code is documented, its
// text inferred.
func malformed(err error) error {
	return faultOf("2010", "Property Name:"+err.Error()+" specified is unsupported or invalid")
}

// missing is fault 2020, as quoted for Line.
func missing(name string) error {
	return faultOf("2020", "Required parameter "+name+" is missing in the request").withElement(name)
}

// stale is fault 5010, recorded as the item of a batch.
func stale() error { return faultOf("5010", "") }

// unsupportedVerb is fault 500 for what an entity does not take; the text is by
// analogy with the one recorded for a path.
func unsupportedVerb(k *kind, v verb) error {
	return faultOf("500", "Operation "+string(v)+" of "+k.name+" is not supported.")
}
