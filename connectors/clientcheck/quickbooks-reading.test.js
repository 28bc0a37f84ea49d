import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './sandbox.js'
import { fault, quickbooks } from './quickbooks.js'

const { quickbooks: simulator } = await start()
const client = quickbooks(simulator)

const byId = rows => new Map(rows.map(row => [row.Id, row]))

test('QuickBooks: fetchAll pages to the end of a query', async () => {
  const want = simulator.rows('Invoice')
  const { QueryResponse } = await client.findInvoices({ asc: 'Id', limit: 50, fetchAll: true })
  assert.ok(want.length > 200)
  assert.deepEqual(byId(QueryResponse.Invoice), byId(want))
  assert.equal(QueryResponse.Invoice.length, want.length)
})

test('QuickBooks: a page has as many rows as asked, and says where it begins', async () => {
  const { QueryResponse } = await client.findItems({ asc: 'Id', limit: 7, offset: 8 })
  assert.deepEqual([QueryResponse.Item.length, QueryResponse.startPosition, QueryResponse.maxResults], [7, 8, 7])
})

test('QuickBooks: a query without rows has no entity', async () => {
  const { QueryResponse } = await client.findInvoices({ DocNumber: 'no such number' })
  assert.deepEqual(QueryResponse, {})
})

test('QuickBooks: a count is a number', async () => {
  const { QueryResponse } = await client.findInvoices({ count: true })
  assert.deepEqual(QueryResponse, { totalCount: simulator.rows('Invoice').length })
})

test('QuickBooks: one entity is read by its Id', async () => {
  const [want] = simulator.rows('Customer')
  assert.deepEqual(await client.getCustomer(want.Id), want)
  const company = await client.getCompanyInfo('1')
  assert.equal(company.Country, 'US')
  const preferences = await client.getPreferences()
  assert.equal(preferences.SalesFormsPrefs.CustomTxnNumbers, true)
})

test('QuickBooks: operators, lists and order', async () => {
  const invoices = simulator.rows('Invoice').filter(i => i.TxnDate >= '2025-06-01' && i.Balance > 0)
  const got = await client.findInvoices([
    { field: 'TxnDate', value: '2025-06-01', operator: '>=' }, { field: 'Balance', value: '0', operator: '>' },
    { field: 'desc', value: 'TxnDate' }, { field: 'limit', value: 1000 },
  ])
  const dates = got.QueryResponse.Invoice.map(i => i.TxnDate)
  assert.deepEqual(new Set(got.QueryResponse.Invoice.map(i => i.Id)), new Set(invoices.map(i => i.Id)))
  assert.deepEqual(dates, [...dates].sort().reverse())
  const two = simulator.rows('Item').filter(i => i.Sku).slice(0, 2)
  const named = await client.findItems({ Sku: two.map(i => i.Sku), asc: 'Id' })
  assert.deepEqual(new Set(named.QueryResponse.Item.map(i => i.Id)), new Set(two.map(i => i.Id)))
})

test('QuickBooks: LIKE takes % as any text', async () => {
  const want = simulator.rows('Item').filter(i => i.Name.startsWith('Brass') && i.Active)
  const got = await client.findItems([{ field: 'Name', value: 'Brass%', operator: 'LIKE' }, { field: 'asc', value: 'Id' }])
  assert.ok(want.length > 0)
  assert.deepEqual(new Set(got.QueryResponse.Item.map(i => i.Id)), new Set(want.map(i => i.Id)))
})

test('QuickBooks: inactive names are left out unless they are asked for', async () => {
  const all = simulator.rows('Item')
  const active = await client.findItems({ limit: 1000 })
  const both = await client.findItems([{ field: 'Active', value: [true, false], operator: 'IN' }, { field: 'limit', value: 1000 }])
  assert.ok(all.some(i => !i.Active))
  assert.equal(active.QueryResponse.Item.length, all.filter(i => i.Active).length)
  assert.equal(both.QueryResponse.Item.length, all.length)
})

test('QuickBooks: what is not there is fault 610 with status 400', async () => {
  await assert.rejects(client.getInvoice('999999'), error => {
    const { code, Message, status } = fault(error)
    assert.deepEqual([code, Message, status], ['610', 'Object Not Found', 400])
    return true
  })
})

test('QuickBooks: a query of nothing that exists is fault 4001', async () => {
  await assert.rejects(client.findInvoices({ NoSuchField: '1' }), error => fault(error).code === '4001')
})

test('QuickBooks: a wrong token is 401', async () => {
  await assert.rejects(quickbooks(simulator, 'stranger').getPreferences(), error => {
    const { status, headers, data } = error.response
    assert.equal(status, 401)
    assert.match(headers['www-authenticate'], /^Bearer realm="Intuit"/)
    assert.equal(data.fault.type, 'AUTHENTICATION')
    assert.equal(data.fault.error[0].code, '3200')
    return true
  })
})
