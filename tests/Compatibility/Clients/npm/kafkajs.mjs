// Drives kafkajs. Started as `kafkajs.mjs VERB JSON`; the verbs are those of librdkafka/driver.py.
import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import { installCodecs } from './kafkajs-codecs.mjs'
import { end, finish, pause, records, say, standardInputEnds, terminated, text } from './driver.mjs'

const { Kafka, CompressionTypes, ConfigResourceTypes, logLevel } = kafkajs
const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }
const retry = { retries: 200, initialRetryTime: 50, maxRetryTime: 500 }

await installCodecs()
const client = o => new Kafka({ clientId: 'kafkajs', brokers: [o.bootstrap], logLevel: logLevel.ERROR, retry, logCreator: () => ({ log }) => console.error(log.message, log.error ?? '') })

// kafkajs has an object of headers, in which a name that comes more than once has an array.
const toObject = headers => headers.reduce((all, [name, value]) => ({ ...all, [name]: name in all ? [all[name], value].flat() : value }), {})
const toPairs = headers => Object.entries(headers ?? {}).flatMap(([name, value]) => [value].flat().map(v => [name, text(v)]))

async function produce (o) {
  const producer = client(o).producer({ idempotent: o.idempotent, allowAutoTopicCreation: false })
  await producer.connect()
  const messages = records(o.file).map(r => ({ ...r, headers: toObject(r.headers) }))
  await producer.send({ topic: o.topic, acks: -1, compression: codecs[o.codec], messages: messages.filter(m => !(m.value?.length > 100_000)) })
  // The large ones one by one: kafkajs makes one batch of whatever it is given in one call.
  for (const message of messages.filter(m => m.value?.length > 100_000)) await producer.send({ topic: o.topic, acks: -1, compression: codecs[o.codec], messages: [message] })
  await producer.disconnect()
}

async function consume (o) {
  const consumer = client(o).consumer({ groupId: `reader-${randomUUID()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: o.topics, fromBeginning: true })
  let left = o.count
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, e => reject(e.payload.error))
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message: m }) => {
        if (left-- <= 0) return
        say({ topic, partition, offset: Number(m.offset), key: text(m.key), value: text(m.value), headers: toPairs(m.headers) })
        if (left === 0) resolve()
      }
    })
  })
  await consumer.disconnect()
}

async function member (o) {
  const consumer = client(o).consumer({ groupId: o.group, sessionTimeout: o.session, heartbeatInterval: Math.floor(o.session / 4), rebalanceTimeout: 15_000, retry })
  consumer.on(consumer.events.GROUP_JOIN, e => say({ assigned: Object.entries(e.payload.memberAssignment).flatMap(([t, ps]) => ps.map(p => `${t}-${p}`)) }))
  consumer.on(consumer.events.REBALANCING, () => say({ revoked: [] }))
  consumer.on(consumer.events.CRASH, e => { if (!e.payload.restart) end(1, e.payload.error.stack) })
  await consumer.connect()
  await consumer.subscribe({ topics: [o.topic], fromBeginning: true })
  await consumer.run({
    autoCommitInterval: 200,
    eachMessage: async ({ partition, message: m }) => say({ v: text(m.value) })
  })
  await terminated
  await consumer.disconnect()
}

async function write (o) {
  const producer = client(o).producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, retry })
  await producer.connect()
  const ended = standardInputEnds()
  const failed = []
  let number = 0
  while (!ended.now) {
    const first = number
    const messages = Array.from({ length: o.batch }, () => ({ value: `${number}`, partition: number++ % o.partitions }))
    try {
      await producer.send({ topic: o.topic, acks: -1, compression: codecs[o.codec], messages })
      say({ acked: first, count: o.batch })
    } catch (error) {
      failed.push(error.message)
    }
    await pause(20)
  }
  await producer.disconnect()
  say({ failed: failed.slice(0, 3) })
}

async function admin (o) {
  const { topic, group } = o
  const kafka = client(o)
  const admin = kafka.admin()
  await admin.connect()
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }]
  const retention = async () => (await admin.describeConfigs({ includeSynonyms: true, resources })).resources[0].configEntries.find(c => c.configName === 'retention.ms').configValue
  const groups = async () => (await admin.listGroups()).groups.map(g => g.groupId)
  const r = {}
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '3600000' }] }] })
  // kafkajs answers false to a topic that exists, where others throw.
  r.createdTwice = await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] }) === false ? 'TOPIC_ALREADY_EXISTS' : 'created'
  r.listed = (await admin.listTopics()).includes(topic)
  await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
  r.partitions = (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
  r.retention = await retention()
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resources[0], configEntries: [{ name: 'retention.ms', value: '7200000' }] }] })
  r.retentionChanged = await retention()
  r.brokers = (await admin.describeCluster()).brokers.length
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, acks: -1, messages: Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, partition: 0 })) })
  await producer.disconnect()
  const offsets = async () => (await admin.fetchTopicOffsets(topic)).find(p => p.partition === 0)
  r.latest = Number((await offsets()).high)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
  r.lowWatermark = r.earliest = Number((await offsets()).low)
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '7' }] })
  r.committed = Number((await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0].partitions.find(p => p.partition === 0).offset)
  r.groupListed = (await groups()).includes(group)
  r.groupState = (await admin.describeGroups([group])).groups[0].state.toLowerCase()
  await admin.deleteGroups([group])
  r.groupDeleted = !(await groups()).includes(group)
  await admin.deleteTopics({ topics: [topic] })
  r.deleted = !(await admin.listTopics()).includes(topic)
  await admin.disconnect()
  say(r)
}

finish({ produce, consume, member, write, admin })
