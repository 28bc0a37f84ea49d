package reconcile

// MasterData is what invoices point at, of both systems.
type MasterData struct {
	Companies [2]Company // HubSpot's, QuickBooks'
	Products  []Product
	Customers []Customer
	TaxRates  []TaxRate
}
