"""Drives librdkafka through confluent_kafka. Started as `driver.py VERB JSON`; prints one JSON object a line.

Verbs, the same for every client of this folder:
  produce  sends the records of a file, all acknowledged
  consume  prints `count` records of the topics from their start
  member   is a member of a group till it is told to stop (SIGTERM) or killed; a record is printed before its offset is committed
  write    sends numbers, in batches, till standard input ends; prints which were acknowledged
  admin    makes the admin calls of the scenario and prints their results

And of this client alone:
  transact begins to use transactions and prints how that ended, and after how many seconds
"""

import json
import signal
import sys
import threading
import time
import uuid

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec, ResourceType)


def say(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def text(data):
    return None if data is None else data.decode()


class Deliveries:
    """Counts what a producer was told of its messages."""

    def __init__(self):
        self.errors = []

    def __call__(self, error, _):
        if error is not None:
            self.errors.append(str(error))


def produce(o):
    deliveries = Deliveries()
    producer = Producer({
        "bootstrap.servers": o["bootstrap"], "compression.type": o["codec"], "enable.idempotence": o["idempotent"],
        "acks": "all", "linger.ms": 20, "message.max.bytes": 1048588, "on_delivery": deliveries})
    with open(o["file"], encoding="utf-8") as file:
        for line in file:
            r = json.loads(line)
            producer.produce(o["topic"], value=r["value"], key=r["key"], partition=r["partition"], headers=[tuple(h) for h in r["headers"]])
            producer.poll(0)
    left = producer.flush(60)
    if left or deliveries.errors:
        sys.exit(f"{left} unsent, errors: {deliveries.errors[:3]}")


def consume(o):
    consumer = Consumer({
        "bootstrap.servers": o["bootstrap"], "group.id": f"reader-{uuid.uuid4()}", "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "check.crcs": True})
    topics = consumer.list_topics(timeout=30).topics
    consumer.assign([TopicPartition(t, p, 0) for t in o["topics"] for p in topics[t].partitions])
    for _ in range(o["count"]):
        m = consumer.poll(60)
        if m is None or m.error():
            sys.exit(f"no record: {m and m.error()}")
        say(topic=m.topic(), partition=m.partition(), offset=m.offset(), key=text(m.key()), value=text(m.value()),
            headers=[[k, text(v)] for k, v in m.headers() or []])
    consumer.close()


def member(o):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    consumer = Consumer({
        "bootstrap.servers": o["bootstrap"], "group.id": o["group"], "auto.offset.reset": "earliest", "session.timeout.ms": o["session"],
        "heartbeat.interval.ms": min(o["session"] // 4, 1500), "auto.commit.interval.ms": 200, "enable.auto.offset.store": False,
        "partition.assignment.strategy": o.get("strategy") or "range,roundrobin",
        **({"group.instance.id": o["instance"]} if o.get("instance") else {})})
    names = lambda partitions: [f"{p.topic}-{p.partition}" for p in partitions]
    consumer.subscribe([o["topic"]], on_assign=lambda _, p: say(assigned=names(p)), on_revoke=lambda _, p: say(revoked=names(p)))
    while not stop.is_set():
        for m in consumer.consume(500, 0.2):
            if m.error():
                print(m.error(), file=sys.stderr)
                continue
            say(v=text(m.value()))
            try:
                consumer.store_offsets(m)
            except KafkaException as e:  # the partition was taken away meanwhile: its next owner reads the record again
                if e.args[0].code() not in (KafkaError._STATE, KafkaError._UNKNOWN_PARTITION):
                    raise
    consumer.close()


def write(o):
    done = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
    producer = Producer({
        "bootstrap.servers": o["bootstrap"], "compression.type": o["codec"], "enable.idempotence": True, "acks": "all",
        "linger.ms": 5, "message.timeout.ms": 300000, "retry.backoff.max.ms": 500, "reconnect.backoff.max.ms": 500})
    failed, number = [], 0

    def delivered(error, message):
        if error is None:
            say(acked=int(message.value()), count=1)
        else:
            failed.append(str(error))

    while not done.wait(0.02):
        for _ in range(o["batch"]):
            producer.produce(o["topic"], value=str(number).encode(), partition=number % o["partitions"], on_delivery=delivered)
            number += 1
        producer.poll(0)
    producer.flush(120)
    say(failed=failed[:3])


def admin(o):
    a = AdminClient({"bootstrap.servers": o["bootstrap"]})
    topic, group, r = o["topic"], o["group"], {}

    def wait(futures):
        return {k: f.result(30) for k, f in futures.items()}

    def config(name):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return wait(a.describe_configs([resource]))[resource][name].value

    wait(a.create_topics([NewTopic(topic, 3, 1, config={"retention.ms": "3600000"})]))
    try:
        wait(a.create_topics([NewTopic(topic, 3, 1)]))
    except KafkaException as e:
        r["createdTwice"] = e.args[0].name()
    r["listed"] = topic in a.list_topics(timeout=30).topics
    wait(a.create_partitions([NewPartitions(topic, 5)]))
    r["partitions"] = len(a.list_topics(topic, timeout=30).topics[topic].partitions)
    r["retention"] = config("retention.ms")
    changed = ConfigEntry("retention.ms", "7200000", incremental_operation=AlterConfigOpType.SET)
    wait(a.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[changed])]))
    r["retentionChanged"] = config("retention.ms")
    r["brokers"] = len(a.describe_cluster().result(30).nodes)

    producer = Producer({"bootstrap.servers": o["bootstrap"]})
    for i in range(10):
        producer.produce(topic, value=str(i), partition=0)
    producer.flush(30)
    first = TopicPartition(topic, 0)

    def offset(spec):
        return wait(a.list_offsets({first: spec}))[first].offset

    r["latest"] = offset(OffsetSpec.latest())
    r["lowWatermark"] = wait(a.delete_records([TopicPartition(topic, 0, 4)]))[first].low_watermark
    r["earliest"] = offset(OffsetSpec.earliest())

    wait(a.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 7)])]))
    listed = wait(a.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [first])]))
    r["committed"] = listed[group].topic_partitions[0].offset
    groups = lambda: [g.group_id for g in a.list_consumer_groups().result(30).valid]
    r["groupListed"] = group in groups()
    r["groupState"] = wait(a.describe_consumer_groups([group]))[group].state.name.lower()
    wait(a.delete_consumer_groups([group]))
    r["groupDeleted"] = group not in groups()
    wait(a.delete_topics([topic], operation_timeout=30))
    deadline = time.monotonic() + 30
    while topic in a.list_topics(timeout=30).topics and time.monotonic() < deadline:
        time.sleep(0.1)
    r["deleted"] = topic not in a.list_topics(timeout=30).topics
    say(**r)


def transact(o):
    producer = Producer({"bootstrap.servers": o["bootstrap"], "transactional.id": o["id"]})
    began = time.monotonic()
    try:
        producer.init_transactions(o["patience"])
        error = None
    except KafkaException as e:
        error = e.args[0]
    say(seconds=time.monotonic() - began, fatal=error is not None and error.fatal(), error=str(error))


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member, "write": write, "admin": admin, "transact": transact}[sys.argv[1]](json.loads(sys.argv[2]))
