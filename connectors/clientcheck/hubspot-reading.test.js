import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from '@hubspot/api-client'
import { start, token } from './sandbox.js'

const { hubspot } = await start()
const client = new Client({ basePath: hubspot.url, accessToken: token })

const byId = rows => new Map(rows.map(row => [row.id, row]))
const sorted = list => [...list].sort()

test('HubSpot: a list is paged to its end by getAll', async () => {
  const want = byId(hubspot.rows('line_items'))
  const got = await client.crm.lineItems.getAll(100, undefined, ['hs_sku', 'quantity', 'price', 'discount', 'hs_tax_rate_group_id'])
  assert.ok(want.size > 700)
  assert.equal(got.length, want.size)
  for (const item of got) {
    const { properties, createdAt, updatedAt } = want.get(item.id)
    for (const name of ['hs_sku', 'quantity', 'price', 'discount', 'hs_tax_rate_group_id']) {
      assert.equal(item.properties[name], properties[name] ?? null, `${name} of ${item.id}`)
    }
    assert.deepEqual([item.createdAt, item.updatedAt, item.archived], [new Date(createdAt), new Date(updatedAt), false])
  }
})

test('HubSpot: a page says where the next one begins, and brings associations', async () => {
  const want = byId(hubspot.rows('invoices'))
  const first = await client.crm.commerce.invoices.basicApi.getPage(2, undefined, ['hs_number', 'hs_amount_billed'], undefined, ['contacts', 'line_items'])
  assert.equal(first.results.length, 2)
  for (const { id, properties, associations } of first.results) {
    const row = want.get(id)
    assert.equal(properties.hs_number, row.properties.hs_number)
    assert.equal(properties.hs_amount_billed, row.properties.hs_amount_billed)
    assert.deepEqual(sorted(ids(associations.contacts)), sorted(row.associations.contacts))
    assert.deepEqual(sorted(ids(associations['line items'])), sorted(row.associations.line_items))
  }
  const second = await client.crm.commerce.invoices.basicApi.getPage(2, first.paging.next.after, ['hs_number'])
  assert.equal(new Set([...first.results, ...second.results].map(r => r.id)).size, 4)
})

const ids = association => [...new Set((association?.results ?? []).map(r => r.id))]

test('HubSpot: one record is read by id and by e-mail', async () => {
  const [row] = hubspot.rows('contacts').filter(c => c.properties.email)
  const byNumber = await client.crm.contacts.basicApi.getById(row.id, ['email', 'lastname'])
  assert.deepEqual([byNumber.id, byNumber.properties.email, byNumber.properties.lastname], [row.id, row.properties.email, row.properties.lastname])
  const byEmail = await client.crm.contacts.basicApi.getById(row.properties.email, ['email'], undefined, undefined, false, 'email')
  assert.equal(byEmail.id, row.id)
})

test('HubSpot: a record that is not there is 404 with the envelope of errors', async () => {
  await assert.rejects(client.crm.products.basicApi.getById('1'), error => {
    assert.equal(error.code, 404)
    assert.equal(error.body.category, 'OBJECT_NOT_FOUND')
    assert.match(error.body.correlationId, /^[0-9a-f-]{36}$/)
    return true
  })
})

test('HubSpot: a batch read brings what is there and names what is not', async () => {
  const rows = hubspot.rows('products').slice(0, 3)
  const all = await client.crm.products.batchApi.read({ properties: ['hs_sku', 'price'], inputs: rows.map(({ id }) => ({ id })) })
  assert.equal(all.status, 'COMPLETE')
  assert.deepEqual(new Map(all.results.map(r => [r.id, r.properties.hs_sku])), new Map(rows.map(r => [r.id, r.properties.hs_sku])))
  const part = await client.crm.products.batchApi.read({ properties: ['hs_sku'], inputs: [{ id: rows[0].id }, { id: '1' }] })
  assert.deepEqual(part.results.map(r => r.id), [rows[0].id])
  assert.equal(part.numErrors, 1)
  assert.equal(part.errors[0].category, 'OBJECT_NOT_FOUND')
  assert.deepEqual(part.errors[0].context.ids, ['1'])
})

test('HubSpot: a search filters, sorts and pages', async () => {
  const want = hubspot.rows('invoices').filter(r => r.properties.hs_invoice_status === 'open')
  const got = []
  let after
  do {
    const page = await client.crm.commerce.invoices.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'hs_invoice_status', operator: 'EQ', value: 'open' }] }],
      sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
      properties: ['hs_number', 'hs_invoice_status'], limit: 20, after,
    })
    assert.equal(page.total, want.length)
    got.push(...page.results)
    after = page.paging?.next?.after
  } while (after)
  assert.ok(want.length > 20)
  assert.deepEqual(got.map(r => r.id), want.map(r => r.id).sort((a, b) => Number(BigInt(a) - BigInt(b))))
  assert.deepEqual(new Set(got.map(r => r.properties.hs_invoice_status)), new Set(['open']))
})

test('HubSpot: a search finds a product by its SKU', async () => {
  const [row] = hubspot.rows('products')
  const search = value => client.crm.products.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'hs_sku', operator: 'EQ', value }] }], properties: ['hs_sku'],
  })
  assert.deepEqual((await search(row.properties.hs_sku)).results.map(r => r.id), [row.id])
  assert.equal((await search(row.properties.hs_sku + 'x')).total, 0)
})

test('HubSpot: a search with a filter it does not know is 400', async () => {
  const search = client.crm.products.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: 'no_such_thing', operator: 'EQ', value: '1' }] }] })
  await assert.rejects(search, error => error.code === 400 && error.body.category === 'VALIDATION_ERROR')
})

test('HubSpot: associations of version 4 are read singly and in a batch', async () => {
  const rows = hubspot.rows('invoices').filter(r => r.associations?.line_items?.length > 1).slice(0, 2)
  const page = await client.crm.associations.v4.basicApi.getPage('invoices', rows[0].id, 'line_items')
  assert.deepEqual(sorted(page.results.map(r => String(r.toObjectId))), sorted(rows[0].associations.line_items))
  assert.deepEqual(page.results[0].associationTypes.map(t => [t.category, t.typeId]), [['HUBSPOT_DEFINED', 409]])
  const batch = await client.crm.associations.v4.batchApi.getPage('invoices', 'line_items', { inputs: rows.map(({ id }) => ({ id })) })
  const got = new Map(batch.results.map(r => [r._from.id, sorted(r.to.map(t => String(t.toObjectId)))]))
  assert.deepEqual(got, new Map(rows.map(r => [r.id, sorted(r.associations.line_items)])))
})

test('HubSpot: properties are described', async () => {
  const { results } = await client.crm.properties.coreApi.getAll('contacts')
  const email = results.find(p => p.name === 'email')
  assert.deepEqual([email.type, email.fieldType], ['string', 'text'])
  const currency = await client.crm.properties.coreApi.getByName('invoices', 'hs_currency')
  assert.equal(currency.type, 'enumeration')
})

test('HubSpot: a wrong token is 401', async () => {
  const stranger = new Client({ basePath: hubspot.url, accessToken: 'stranger' })
  await assert.rejects(stranger.crm.contacts.basicApi.getPage(1), error => error.code === 401 && error.body.category === 'INVALID_AUTHENTICATION')
})
