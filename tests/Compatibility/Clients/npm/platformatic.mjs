// Drives @platformatic/kafka. Started as `platformatic.mjs VERB JSON`; the verbs are those of librdkafka/driver.py.
import { randomUUID } from 'node:crypto'
import { Admin, ConfigResourceTypes, Consumer, IncrementalAlterConfigOperationTypes, ListOffsetTimestamps, Producer } from '@platformatic/kafka'
import { finish, pause, records, say, standardInputEnds, terminated, text } from './driver.mjs'

const options = o => ({ clientId: 'platformatic', bootstrapBrokers: [o.bootstrap], retries: 200, retryDelay: 200, timeout: 30_000, connectTimeout: 5000 })
const bytes = value => value === null ? null : Buffer.from(value)
const toMessage = (topic, r) => ({ topic, partition: r.partition, key: bytes(r.key), value: bytes(r.value), headers: new Map(r.headers.map(([name, value]) => [Buffer.from(name), bytes(value)])) })

async function produce (o) {
  const producer = new Producer({ ...options(o), idempotent: o.idempotent, compression: o.codec, acks: -1 })
  const messages = records(o.file).map(r => toMessage(o.topic, r))
  await producer.send({ messages: messages.filter(m => !(m.value?.length > 100_000)) })
  // The large ones one by one: what is given in one call becomes one batch.
  for (const message of messages.filter(m => m.value?.length > 100_000)) await producer.send({ messages: [message] })
  await producer.close()
}

async function consume (o) {
  const consumer = new Consumer({ ...options(o), groupId: `reader-${randomUUID()}`, maxWaitTime: 200 })
  const stream = await consumer.consume({ topics: o.topics, mode: 'earliest', autocommit: false })
  let left = o.count
  for await (const m of stream) {
    say({ topic: m.topic, partition: m.partition, offset: Number(m.offset), key: text(m.key), value: text(m.value), headers: m.headerEntries.map(([k, v]) => [text(k), text(v)]) })
    if (--left === 0) break
  }
  await consumer.close(true)
}

async function member (o) {
  const consumer = new Consumer({ ...options(o), groupId: o.group, maxWaitTime: 200, sessionTimeout: o.session, rebalanceTimeout: 15_000, heartbeatInterval: Math.floor(o.session / 4) })
  consumer.on('consumer:group:join', e => say({ assigned: (e.assignments ?? []).flatMap(({ topic, partitions }) => partitions.map(p => `${topic}-${p}`)) }))
  consumer.on('consumer:group:rebalance', () => say({ revoked: [] }))
  const stream = await consumer.consume({ topics: [o.topic], mode: 'committed', fallbackMode: 'earliest', autocommit: false })
  const printed = new Map()
  // Offsets are committed here, after the record was printed: the client's own commits run ahead of what its user has seen.
  const commit = async () => {
    const offsets = [...printed.values()]
    printed.clear()
    if (offsets.length > 0) await consumer.commit({ offsets }).catch(error => console.error('commit:', error.message))
  }
  const timer = setInterval(commit, 200)
  terminated.then(async () => { clearInterval(timer); await commit(); await stream.close(); await consumer.close(true); process.exit(0) })
  for await (const m of stream) {
    say({ v: text(m.value) })
    printed.set(m.partition, { topic: m.topic, partition: m.partition, offset: m.offset + 1n, leaderEpoch: m.leaderEpoch })
  }
  await new Promise(() => {}) // the stream has been closed by the signal, whose handler ends the process
}

async function write (o) {
  const producer = new Producer({ ...options(o), idempotent: true, compression: o.codec })
  const ended = standardInputEnds()
  const failed = []
  let number = 0
  while (!ended.now) {
    const first = number
    const messages = Array.from({ length: o.batch }, () => ({ topic: o.topic, value: Buffer.from(`${number}`), partition: number++ % o.partitions }))
    try {
      await producer.send({ messages })
      say({ acked: first, count: o.batch })
    } catch (error) {
      failed.push(`${error.message} ${error.errors?.at(-1)?.message ?? ''}`)
    }
    await pause(20)
  }
  await producer.close()
  say({ failed: failed.slice(0, 3) })
}

async function admin (o) {
  const { topic, group } = o
  const admin = new Admin(options(o))
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }
  const retention = async () => (await admin.describeConfigs({ resources: [{ ...resource, configurationKeys: ['retention.ms'] }] }))[0].configs.find(c => c.name === 'retention.ms').value
  const offset = async timestamp => Number((await admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] }))[0].partitions[0].offset)
  const r = {}
  await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1, configs: [{ name: 'retention.ms', value: '3600000' }] })
  r.createdTwice = await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 }).then(() => 'created', error => apiError(error))
  r.listed = (await admin.listTopics()).includes(topic)
  await admin.createPartitions({ topics: [{ name: topic, count: 5 }] })
  r.partitions = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic).partitionsCount
  r.retention = await retention()
  await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [{ name: 'retention.ms', configOperation: IncrementalAlterConfigOperationTypes.SET, value: '7200000' }] }] })
  r.retentionChanged = await retention()
  r.brokers = (await admin.metadata({})).brokers.size
  const producer = new Producer({ ...options(o), acks: -1 })
  await producer.send({ messages: Array.from({ length: 10 }, (_, i) => ({ topic, value: Buffer.from(`${i}`), partition: 0 })) })
  await producer.close()
  r.latest = await offset(ListOffsetTimestamps.LATEST)
  r.lowWatermark = Number((await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 4n }] }] }))[0].partitions[0].lowWatermark)
  r.earliest = await offset(ListOffsetTimestamps.EARLIEST)
  await admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 7n }] }] })
  r.committed = Number((await admin.listConsumerGroupOffsets({ groups: [group] }))[0].topics.find(t => t.name === topic).partitions[0].committedOffset)
  r.groupListed = (await admin.listGroups()).has(group)
  r.groupState = (await admin.describeGroups({ groups: [group] })).get(group).state.toLowerCase()
  await admin.deleteGroups({ groups: [group] })
  r.groupDeleted = !(await admin.listGroups()).has(group)
  await admin.deleteTopics({ topics: [topic] })
  r.deleted = !(await admin.listTopics()).includes(topic)
  await admin.close()
  say(r)
}

/** The name of the Kafka error at the bottom of what was thrown. */
function apiError (error) {
  return error.apiId ?? [...error.errors ?? [], error.cause].filter(Boolean).map(apiError).find(Boolean)
}

finish({ produce, consume, member, write, admin })
