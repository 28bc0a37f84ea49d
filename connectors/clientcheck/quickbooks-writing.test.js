import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './sandbox.js'
import { fault, quickbooks } from './quickbooks.js'

const { quickbooks: simulator } = await start()
const client = quickbooks(simulator)

const code = want => error => {
  assert.equal(fault(error).code, want, JSON.stringify(fault(error)))
  return true
}
const [income] = simulator.rows('Account').filter(a => a.AccountType === 'Income')
const CurrencyRef = { value: 'USD' } // required: the company has several
let serial = 0
const customer = more => client.createCustomer({ DisplayName: `Client ${++serial}`, ...more })
const item = more => client.createItem({ Name: `Thing ${++serial}`, Type: 'Service', IncomeAccountRef: { value: income.Id }, ...more })
const line = (of, amount, more) => ({ Amount: amount, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef: { value: of.Id }, ...more } })
const invoice = async more => client.createInvoice({ CustomerRef: { value: (await customer()).Id }, CurrencyRef, Line: [line(await item(), 100)], ...more })
const again = ({ Id, SyncToken }, more) => ({ Id, SyncToken, ...more })

test('QuickBooks: a customer is created, changed in part and deactivated', async () => {
  const made = await customer({ GivenName: 'Jane', PrimaryEmailAddr: { Address: 'jane@example.com' } })
  assert.deepEqual(
    [made.SyncToken, made.Active, made.Balance, made.CurrencyRef.value, made.FullyQualifiedName, made.domain, made.sparse],
    ['0', true, 0, 'USD', made.DisplayName, 'QBO', false])
  const changed = await client.updateCustomer(again(made, { GivenName: 'Joan' }))
  assert.deepEqual([changed.SyncToken, changed.GivenName, changed.PrimaryEmailAddr.Address], ['1', 'Joan', 'jane@example.com'])
  await assert.rejects(client.updateCustomer(again(made, { GivenName: 'Late' })), code('5010'))
  const full = await client.updateCustomer(again(changed, { sparse: false, DisplayName: made.DisplayName }))
  assert.deepEqual([full.GivenName, full.PrimaryEmailAddr], [undefined, undefined])
  const gone = await client.updateCustomer(again(full, { Active: false }))
  assert.deepEqual([gone.Active, gone.DisplayName], [false, `${made.DisplayName} (deleted)`])
  assert.deepEqual((await client.findCustomers({ DisplayName: made.DisplayName })).QueryResponse, {})
})

test('QuickBooks: a name is held once', async () => {
  const { DisplayName } = await customer()
  await assert.rejects(client.createCustomer({ DisplayName }), code('6240'))
  await assert.rejects(client.createVendor({ DisplayName }), code('6240'))
})

test('QuickBooks: what the client escapes is found again', async () => {
  for (const DisplayName of ["O'Brien's", 'A & B', '#1 + 2', '100%', 'a=b', 'Müller–Søn', '"quoted"', "it's 50% & more + less #2 <now>"]) {
    const { Id } = await client.createCustomer({ DisplayName })
    const { QueryResponse } = await client.findCustomers({ DisplayName })
    assert.deepEqual(QueryResponse.Customer?.map(c => [c.Id, c.DisplayName]), [[Id, DisplayName]], DisplayName)
  }
})

test('QuickBooks: an invoice is computed, read back, changed and numbered once', async () => {
  const [thing, payer] = [await item({ Sku: 'S-1' }), await customer()]
  const made = await client.createInvoice({
    CustomerRef: { value: payer.Id }, CurrencyRef, DocNumber: 'CC-1', TxnDate: '2026-03-02',
    Line: [line(thing, 1861.08, { Qty: 14.5, UnitPrice: 128.35 }), line(thing, 100)],
  })
  assert.deepEqual([made.DocNumber, made.TotalAmt, made.Balance, made.SyncToken, made.LinkedTxn], ['CC-1', 1961.08, 1961.08, '0', []])
  assert.deepEqual(made.Line.map(l => [l.DetailType, l.Amount, l.Id]), [['SalesItemLineDetail', 1861.08, '1'], ['SalesItemLineDetail', 100, '2'], ['SubTotalLineDetail', 1961.08, undefined]])
  assert.equal(made.DueDate, '2026-04-01')
  assert.deepEqual(await client.getInvoice(made.Id), made)

  const noted = await client.updateInvoice(again(made, { PrivateNote: 'checked' }))
  assert.deepEqual([noted.SyncToken, noted.PrivateNote, noted.TotalAmt], ['1', 'checked', 1961.08])
  const kept = noted.Line.slice(0, 1)
  const shorter = await client.updateInvoice(again(noted, { Line: kept }))
  assert.deepEqual([shorter.TotalAmt, shorter.Line.length, shorter.Line[0].Id], [1861.08, 2, '1'])
  assert.equal((await client.getCustomer(payer.Id)).Balance, 1861.08)
  assert.equal((await client.getCustomer(payer.Id)).SyncToken, '0')
})

test('QuickBooks: an invoice is refused for its lines, references, members and numbers', async () => {
  const thing = await item()
  const { Id } = await customer()
  const refused = (body, want) => assert.rejects(client.createInvoice({ CustomerRef: { value: Id }, CurrencyRef, Line: [line(thing, 1)], ...body }), code(want))
  await refused({ Line: undefined }, '2020')
  await refused({ Line: [line(thing, 1861.07, { Qty: 14.5, UnitPrice: 128.35 })] }, '6070')
  await refused({ CustomerRef: { value: '987654' } }, '2500')
  await refused({ Surprise: 1 }, '2010')
  await refused({ DocNumber: 'x'.repeat(22) }, '2050')
  await refused({ Line: [line(thing, 1, { TaxCodeRef: { value: '2' } })] }, '6100')
})

test('QuickBooks: US tax is by the code of the whole invoice', async () => {
  const code = simulator.rows('TaxCode').find(c => c.SalesTaxRateList?.TaxRateDetail?.length === 1 && c.Active)
  const rate = simulator.rows('TaxRate').find(r => r.Id === code.SalesTaxRateList.TaxRateDetail[0].TaxRateRef.value)
  const thing = await item()
  const made = await invoice({
    Line: [line(thing, 200, { TaxCodeRef: { value: 'TAX' } }), line(thing, 50, { TaxCodeRef: { value: 'NON' } })],
    TxnTaxDetail: { TxnTaxCodeRef: { value: code.Id } },
  })
  const tax = Math.round(200 * rate.RateValue) / 100
  assert.ok(tax > 0)
  assert.deepEqual([made.TxnTaxDetail.TotalTax, made.TotalAmt], [tax, 250 + tax])
  assert.deepEqual(made.TxnTaxDetail.TaxLine.map(l => [l.Amount, l.TaxLineDetail.TaxRateRef.value, l.TaxLineDetail.NetAmountTaxable]), [[tax, rate.Id, 200]])
})

test('QuickBooks: a payment moves the invoice, and its void moves it back', async () => {
  const open = await invoice()
  const payment = await client.createPayment({
    CustomerRef: open.CustomerRef, CurrencyRef, TotalAmt: 130, Line: [{ Amount: 100, LinkedTxn: [{ TxnId: open.Id, TxnType: 'Invoice' }] }],
  })
  assert.deepEqual([payment.TotalAmt, payment.UnappliedAmt], [130, 30])
  const paid = await client.getInvoice(open.Id)
  assert.deepEqual([paid.Balance, paid.LinkedTxn], [0, [{ TxnId: payment.Id, TxnType: 'Payment' }]])
  assert.ok(Number(paid.SyncToken) > Number(open.SyncToken))
  await assert.rejects(client.voidInvoice(again(paid)))
  const voided = await client.voidPayment(again(payment))
  assert.deepEqual([voided.TotalAmt, voided.UnappliedAmt, voided.PrivateNote], [0, 0, 'Voided'])
  const back = await client.getInvoice(open.Id)
  assert.deepEqual([back.Balance, back.LinkedTxn], [100, []])
})

test('QuickBooks: an invoice is voided, and another deleted', async () => {
  const { Invoice: voided } = await client.voidInvoice((await invoice({ DocNumber: 'CC-V' })).Id)
  assert.deepEqual([voided.TotalAmt, voided.Balance, voided.PrivateNote, voided.DocNumber, voided.SyncToken], [0, 0, 'Voided', 'CC-V', '1'])
  const made = await invoice()
  const { Invoice: deleted } = await client.deleteInvoice(made.Id)
  assert.deepEqual(deleted, { domain: 'QBO', status: 'Deleted', Id: made.Id })
  await assert.rejects(client.getInvoice(made.Id), code('610'))
  await assert.rejects(client.deleteInvoice(again(made)), code('610'))
})

test('QuickBooks: a request id makes a lost answer come back', async () => {
  const body = () => ({ DisplayName: 'Sent twice', requestId: 'cc-request-1' })
  await simulator.strike({ effect: 'drop_after', method: 'POST', path: '/customer\\?', times: 1 })
  await assert.rejects(client.createCustomer(body()))
  const got = await client.createCustomer(body())
  assert.equal(got.DisplayName, 'Sent twice')
  const log = (await simulator.writes()).filter(w => w.requestId === 'cc-request-1')
  assert.deepEqual(log.map(w => [w.verb, w.object, w.id]), [['create', 'Customer', got.Id]])
})

test('QuickBooks: a batch fails by the item', async () => {
  const made = await customer()
  const { BatchItemResponse: items } = await client.batch([
    { bId: 'one', operation: 'create', Customer: { DisplayName: 'In a batch' } },
    { bId: 'two', operation: 'update', Customer: { Id: made.Id, SyncToken: '9', sparse: true, GivenName: 'X' } },
    { bId: 'three', Query: 'select * from Invoice startposition 1 maxresults 2' },
    { bId: 'four', operation: 'delete', Invoice: { Id: '999999', SyncToken: '0' } },
  ])
  const by = Object.fromEntries(items.map(i => [i.bId, i]))
  assert.deepEqual([by.one.Customer.DisplayName, by.one.Customer.SyncToken], ['In a batch', '0'])
  assert.equal(by.two.Fault.Error[0].code, '5010')
  assert.equal(by.three.QueryResponse.Invoice.length, 2)
  assert.equal(by.four.Fault.Error[0].code, '610')
  await assert.rejects(client.batch(Array.from({ length: 31 }, (_, i) => ({ bId: `${i}`, Query: 'select * from Item' }))), code('1040'))
})

test('QuickBooks: change data capture brings changes, deletions and nothing else', async () => {
  await new Promise(resolve => setTimeout(resolve, 1100)) // stamps are in seconds
  const began = new Date()
  const [changed, gone] = [await invoice(), await invoice()]
  await client.deleteInvoice(again(gone))
  const { CDCResponse: [{ QueryResponse }] } = await client.changeDataCapture(['Invoice', 'Item', 'Estimate'], began)
  const invoices = QueryResponse.find(q => q.Invoice).Invoice
  assert.deepEqual(new Set(invoices.map(i => i.Id)), new Set([changed.Id, gone.Id]))
  assert.equal(QueryResponse.length, 3)
  assert.deepEqual(QueryResponse.find(q => !Object.keys(q).length), {})
  assert.deepEqual(invoices.find(i => i.Id === changed.Id), changed)
  const row = invoices.find(i => i.Id === gone.Id)
  assert.deepEqual([row.status, row.domain, row.SyncToken], ['Deleted', 'QBO', undefined])
})

test('QuickBooks: a tax code is made by the tax service', async () => {
  const [agency] = simulator.rows('TaxAgency')
  const made = await client.createTaxService({
    TaxCode: 'Town', TaxRateDetails: [{ TaxRateName: 'Town', RateValue: '3.5', TaxAgencyId: agency.Id, TaxApplicableOn: 'Sales' }],
  })
  const read = await client.getTaxCode(made.TaxCodeId)
  assert.deepEqual([read.Name, read.Active, read.SalesTaxRateList.TaxRateDetail.length], ['Town', true, 1])
})

test('QuickBooks: an invoice is sent', async () => {
  const made = await invoice({ BillEmail: { Address: 'pay@example.com' } })
  const sent = await client.sendInvoicePdf(made.Id, 'other@example.com')
  assert.deepEqual([sent.EmailStatus, sent.DeliveryInfo.DeliveryType], ['EmailSent', 'Email'])
  const pdf = await client.getInvoicePdf(made.Id)
  assert.equal(Buffer.from(pdf).subarray(0, 5).toString(), '%PDF-')
})
