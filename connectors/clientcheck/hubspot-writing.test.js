import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssociationTypes, Client } from '@hubspot/api-client'
import { start, token } from './sandbox.js'

const { hubspot } = await start()
const { crm } = new Client({ basePath: hubspot.url, accessToken: token })

const status = (code, category) => error => {
  assert.equal(error.code, code)
  if (category) assert.equal(error.body.category, category)
  return true
}
const defined = associationTypeId => [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }]
const { invoiceToContact, lineItemToInvoice } = { invoiceToContact: 177, lineItemToInvoice: 410 }

test('HubSpot: a contact is created, changed, archived, and gone', async () => {
  const contact = await crm.contacts.basicApi.create({ properties: { email: 'Ada@Example.com', firstname: 'Ada' } })
  assert.match(contact.id, /^\d+$/)
  assert.deepEqual([contact.properties.email, contact.properties.firstname, contact.archived], ['ada@example.com', 'Ada', false])
  const changed = await crm.contacts.basicApi.update(contact.id, { properties: { firstname: '', lastname: 'Lovelace' } })
  assert.equal(changed.id, contact.id)
  assert.ok(changed.updatedAt >= contact.updatedAt)
  const read = await crm.contacts.basicApi.getById(contact.id, ['firstname', 'lastname'], ['lastname'])
  assert.deepEqual([read.properties.firstname || null, read.properties.lastname], [null, 'Lovelace'])
  assert.deepEqual(read.propertiesWithHistory.lastname.map(v => v.value), ['Lovelace'])
  await crm.contacts.basicApi.archive(contact.id)
  await crm.contacts.basicApi.archive(contact.id)
  await assert.rejects(crm.contacts.basicApi.getById(contact.id), status(404))
  const archived = await crm.contacts.basicApi.getById(contact.id, undefined, undefined, undefined, true)
  assert.ok(archived.archived && archived.archivedAt >= contact.createdAt)
})

test('HubSpot: an e-mail is held by one contact', async () => {
  const [row] = hubspot.rows('contacts').filter(c => c.properties.email)
  await assert.rejects(crm.contacts.basicApi.create({ properties: { email: row.properties.email } }), error => {
    assert.deepEqual([error.code, error.body.message], [409, `Contact already exists. Existing ID: ${row.id}`])
    return true
  })
})

test('HubSpot: a property that does not exist, and an e-mail that is none, are 400', async () => {
  await assert.rejects(crm.contacts.basicApi.create({ properties: { no_such_thing: 'x' } }), error => {
    assert.deepEqual([error.code, error.body.category], [400, 'VALIDATION_ERROR'])
    const [fault] = error.body.errors
    assert.equal(fault.code, 'PROPERTY_DOESNT_EXIST')
    return true
  })
  await assert.rejects(crm.contacts.basicApi.create({ properties: { email: 'no e-mail' } }), error => {
    assert.match(error.body.message, /INVALID_EMAIL/)
    return error.code === 400
  })
})

test('HubSpot: products are created, changed, put and archived in batches', async () => {
  await crm.properties.coreApi.create('products', {
    name: 'outside_id', label: 'Outside id', type: 'string', fieldType: 'text', groupName: 'productinformation', hasUniqueValue: true,
  })
  const made = await crm.products.batchApi.create({
    inputs: ['A', 'B'].map(name => ({ properties: { name, hs_sku: `SKU-${name}`, price: '1.50', outside_id: `o-${name}` } })),
  })
  assert.equal(made.status, 'COMPLETE')
  const ids = new Map(made.results.map(r => [r.properties.name, r.id]))
  assert.deepEqual([...ids.keys()].sort(), ['A', 'B'])

  await crm.products.batchApi.update({ inputs: [{ id: ids.get('A'), properties: { price: '2.25' } }] })
  const put = await crm.products.batchApi.upsert({
    inputs: ['B', 'C'].map(name => ({ id: `o-${name}`, idProperty: 'outside_id', properties: { name, price: '3' } })),
  })
  assert.deepEqual(put.results.map(r => [r.properties.name, r._new]).sort(), [['B', false], ['C', true]])
  ids.set('C', put.results.find(r => r._new).id)

  const read = await crm.products.batchApi.read({ idProperty: 'outside_id', properties: ['price'], inputs: ['A', 'B', 'C'].map(n => ({ id: `o-${n}` })) })
  assert.deepEqual(new Map(read.results.map(r => [r.id, Number(r.properties.price)])), new Map([[ids.get('A'), 2.25], [ids.get('B'), 3], [ids.get('C'), 3]]))

  await crm.products.batchApi.archive({ inputs: [...ids.values()].map(id => ({ id })) })
  const left = await crm.products.batchApi.read({ properties: [], inputs: [...ids.values()].map(id => ({ id })) })
  assert.deepEqual([left.results.length, left.numErrors], [0, 1])
})

test('HubSpot: a batch with traces says which of it failed', async () => {
  const inputs = [{ email: 'one@batch.example' }, { email: 'not an e-mail' }].map((properties, i) => ({ properties, objectWriteTraceId: `trace-${i}` }))
  const got = await crm.contacts.batchApi.create({ inputs })
  assert.deepEqual(got.results.map(r => r.properties.email), ['one@batch.example'])
  assert.equal(got.numErrors, 1)
  assert.deepEqual(got.errors[0].context.objectWriteTraceId, ['trace-1'])
  const log = (await hubspot.writes()).filter(w => w.requestId?.startsWith('trace-'))
  assert.deepEqual(log.map(w => [w.verb, w.object, w.id, w.requestId]), [['create', 'contacts', got.results[0].id, 'trace-0']])
})

test('HubSpot: a batch without traces fails as a whole', async () => {
  const inputs = [{ email: 'two@batch.example' }, { email: 'not an e-mail' }].map(properties => ({ properties }))
  await assert.rejects(crm.contacts.batchApi.create({ inputs }), status(400, 'VALIDATION_ERROR'))
  await assert.rejects(crm.contacts.basicApi.getById('two@batch.example', undefined, undefined, undefined, false, 'email'), status(404))
})

test('HubSpot: an invoice is written, finalized and cannot be opened without lines', async () => {
  const [contact] = hubspot.rows('contacts')
  const { id } = await crm.commerce.invoices.basicApi.create({
    properties: { hs_currency: 'USD', hs_due_date: '2030-01-31T00:00:00Z' },
    associations: [{ to: { id: contact.id }, types: defined(invoiceToContact) }],
  })
  const open = () => crm.commerce.invoices.basicApi.update(id, { properties: { hs_invoice_status: 'open' } })
  await assert.rejects(open(), status(400))
  await crm.lineItems.batchApi.create({
    inputs: [['3', '10.50'], ['1', '4.25']].map(([quantity, price]) => ({
      properties: { name: 'Work', quantity, price }, associations: [{ to: { id }, types: defined(lineItemToInvoice) }],
    })),
  })
  await open()
  const { properties, associations } = await crm.commerce.invoices.basicApi.getById(
    id, ['hs_invoice_status', 'hs_amount_billed', 'hs_balance_due', 'hs_number', 'hs_due_date'], undefined, ['contacts', 'line_items'])
  assert.deepEqual([properties.hs_invoice_status, Number(properties.hs_amount_billed), Number(properties.hs_balance_due)], ['open', 35.75, 35.75])
  assert.ok(properties.hs_number)
  assert.equal(new Date(properties.hs_due_date).toISOString(), '2030-01-31T00:00:00.000Z')
  assert.deepEqual(new Set(associations.contacts.results.map(r => r.id)), new Set([contact.id]))
  assert.equal(new Set(associations['line items'].results.map(r => r.id)).size, 2)
  await assert.rejects(crm.commerce.invoices.basicApi.update(id, { properties: { hs_invoice_status: 'paid' } }), status(400))
  await assert.rejects(crm.commerce.invoices.basicApi.create({ properties: {} }), status(400, 'VALIDATION_ERROR'))
})

test('HubSpot: associations are made, labelled, read from both ends and taken away', async () => {
  const [{ id: contact }] = hubspot.rows('contacts').filter(c => !c.associations?.companies?.length)
  const [{ id: company }] = hubspot.rows('companies')
  const { basicApi, batchApi } = crm.associations.v4
  const types = async (from, id, to, other) => (await basicApi.getPage(from, id, to)).results
    .filter(r => String(r.toObjectId) === other).flatMap(r => r.associationTypes.map(t => t.typeId)).sort((a, b) => a - b)

  await basicApi.createDefault('contacts', contact, 'companies', company)
  assert.deepEqual(await types('contacts', contact, 'companies', company), [AssociationTypes.contactToCompany])
  assert.deepEqual(await types('companies', company, 'contacts', contact), [AssociationTypes.companyToContact])
  await basicApi.create('contacts', contact, 'companies', company, defined(AssociationTypes.primaryContactToCompany))
  assert.deepEqual(await types('contacts', contact, 'companies', company), [AssociationTypes.primaryContactToCompany, AssociationTypes.contactToCompany])
  await assert.rejects(basicApi.create('contacts', contact, 'companies', company, defined(AssociationTypes.companyToContact)), status(400))
  await basicApi.archive('contacts', contact, 'companies', company)
  assert.deepEqual(await types('companies', company, 'contacts', contact), [])

  const inputs = [{ _from: { id: contact }, to: { id: company }, types: defined(AssociationTypes.contactToCompany) }]
  const made = await batchApi.create('contacts', 'companies', { inputs })
  assert.equal(made.results.length, 1)
  assert.deepEqual(await types('contacts', contact, 'companies', company), [AssociationTypes.contactToCompany])
  await batchApi.archive('contacts', 'companies', { inputs: [{ _from: { id: contact }, to: [{ id: company }] }] })
  assert.deepEqual(await types('contacts', contact, 'companies', company), [])
})

test('HubSpot: contacts are merged, and forgotten', async () => {
  const make = email => crm.contacts.basicApi.create({ properties: { email } })
  const [one, two, three] = [await make('one@merge.example'), await make('two@merge.example'), await make('three@merge.example')]
  const merged = await crm.contacts.basicApi.merge({ primaryObjectId: one.id, objectIdToMerge: two.id })
  const read = await crm.contacts.basicApi.getById(merged.id, ['email', 'hs_additional_emails', 'hs_merged_object_ids'])
  assert.equal(read.properties.email, 'one@merge.example')
  assert.match(read.properties.hs_additional_emails, /two@merge\.example/)
  assert.match(read.properties.hs_merged_object_ids, new RegExp(two.id))
  await crm.contacts.basicApi.purge({ objectId: three.id })
  await assert.rejects(crm.contacts.basicApi.getById(three.id), status(404))
})

test('HubSpot: properties and their groups are made, changed and archived', async () => {
  const property = { name: 'ledger', label: 'Ledger', type: 'enumeration', fieldType: 'select', groupName: 'ledgers', options: [{ label: 'A', value: 'a', displayOrder: 0, hidden: false }] }
  await crm.properties.groupsApi.create('companies', { name: 'ledgers', label: 'Ledgers', displayOrder: -1 })
  await crm.properties.coreApi.create('companies', property)
  await assert.rejects(crm.properties.coreApi.create('companies', property), error => {
    assert.deepEqual([error.code, error.body.category, error.body.subCategory], [409, 'OBJECT_ALREADY_EXISTS', 'Properties.PROPERTY_WITH_NAME_EXISTS'])
    return true
  })
  const changed = await crm.properties.coreApi.update('companies', 'ledger', { label: 'Book' })
  assert.deepEqual([changed.label, changed.type, changed.hasUniqueValue], ['Book', 'enumeration', false])
  await assert.rejects(crm.companies.basicApi.create({ properties: { name: 'N', ledger: 'b' } }), error => /INVALID_OPTION/.test(error.body.message))
  const company = await crm.companies.basicApi.create({ properties: { name: 'N', ledger: 'a' } })
  assert.equal(company.properties.ledger, 'a')
  await crm.properties.coreApi.archive('companies', 'ledger')
  await assert.rejects(crm.properties.coreApi.getByName('companies', 'ledger'), status(404))
  await crm.properties.groupsApi.archive('companies', 'ledgers')
})

test('HubSpot: a write that was done twice is logged twice', async () => {
  await hubspot.strike({ effect: 'twice', method: 'POST', path: '/products$', times: 1 })
  await crm.products.basicApi.create({ properties: { name: 'Delivered twice' } })
  const found = (await hubspot.writes()).filter(w => w.verb === 'create' && w.body?.properties?.name === 'Delivered twice')
  assert.equal(found.length, 2)
  assert.notEqual(found[0].id, found[1].id)
})
