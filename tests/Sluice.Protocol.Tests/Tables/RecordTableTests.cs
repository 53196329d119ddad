using System.Buffers;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Tests.Golden;
using Sluice.Protocol.Tests.Support;

namespace Sluice.Protocol.Tests.Tables;

/// <summary>Records find their type by their number, and carry number and version before them.</summary>
public sealed class RecordTableTests
{
    [Fact]
    public void A_framed_metadata_record_is_a_frame_version_a_number_a_version_and_the_record()
    {
        var record = new TopicRecord { Name = "orders", TopicId = new Uuid(1, 2) };
        byte[] framed = MetadataRecordTable.ToFramed(record, 0);
        Assert.Equal([1, 2, 0, .. record.ToBytes(0)], framed);
        var read = (TopicRecord)MetadataRecordTable.ReadFramed(framed.AsSpan(), out short version);
        Assert.Equal(("orders", new Uuid(1, 2), (short)0), (read.Name, read.TopicId, version));
    }

    [Fact]
    public void Every_metadata_record_is_found_by_its_number()
    {
        foreach (MessageSchema schema in Schemas.All.Values.Where(s => s.Kind == MessageKind.MetadataRecord))
        {
            foreach (short version in Schemas.Versions(schema.Name))
            {
                var record = (IMetadataRecord)MessageFiller.New(schema.Name, version, new RandomSource(1));
                Assert.Equal(schema.Key, record.MessageKey);
                var buffer = new ArrayBufferWriter<byte>();
                MetadataRecordTable.WriteFramed(buffer, record, version);
                IMetadataRecord read = MetadataRecordTable.ReadFramed(buffer.WrittenMemory, out short readVersion);
                Assert.Equal(version, readVersion);
                Assert.Null(MessageComparer.Difference(record, read));
            }
        }
    }

    [Fact]
    public void Metadata_records_are_framed_as_Kafka_frames_them()
    {
        var rows = GoldenFile.Rows("framed").ToList();
        Assert.Equal(Schemas.All.Values.Count(s => s.Kind == MessageKind.MetadataRecord), rows.Count);
        foreach (string[] row in rows)
        {
            short version = GoldenFile.Number(row[2]);
            var record = (IMetadataRecord)MessageFiller.New(row[1], version, new GoldenRule("full"));
            Assert.Equal((row[1], row[3]), (row[1], Convert.ToHexStringLower(MetadataRecordTable.ToFramed(record, version))));
        }
    }

    [Fact]
    public void Coordinator_records_are_keyed_as_Kafka_keys_them()
    {
        var rows = GoldenFile.Rows("keyed").ToList();
        Assert.Equal(Schemas.All.Values.Count(s => s.Kind is MessageKind.GroupKey or MessageKind.TransactionKey or MessageKind.ShareKey), rows.Count);
        foreach (string[] row in rows)
        {
            short version = GoldenFile.Number(row[2]);
            var key = (IKeyedMessage)MessageFiller.New(row[1], 0, new GoldenRule("full"));
            var value = (IKeyedMessage)MessageFiller.New(row[1][..^"Key".Length] + "Value", version, new GoldenRule("full"));
            Assert.Equal((row[1], row[3]), (row[1], Convert.ToHexStringLower(CoordinatorRecordTable.WriteKey(key))));
            Assert.Equal((row[1], row[4]), (row[1], Convert.ToHexStringLower(CoordinatorRecordTable.WriteValue(value, version))));
        }
    }

    [Theory]
    [InlineData(new byte[] { 2, 2, 0 }, "frame version 2")]
    [InlineData(new byte[] { 1, 99, 0 }, "number 99")]
    [InlineData(new byte[] { 1, 2, 7 }, "TopicRecord has version 7")]
    [InlineData(new byte[] { 1, 2 }, "needed")]
    [InlineData(new byte[] { 1, 0x80, 0x80, 0x80, 0x80, 0x01, 0 }, "number")]
    public void A_bad_metadata_frame_is_refused(byte[] framed, string why) =>
        Assert.Contains(why, Assert.Throws<ProtocolException>(() => MetadataRecordTable.ReadFramed(framed.AsSpan(), out _)).Message, StringComparison.Ordinal);

    [Fact]
    public void Coordinator_keys_and_values_carry_their_numbers()
    {
        var key = new OffsetCommitKey { Group = "g", Topic = "t", Partition = 3 };
        byte[] keyBytes = CoordinatorRecordTable.WriteKey(key);
        Assert.Equal([0, 1, 0, 1, (byte)'g', 0, 1, (byte)'t', 0, 0, 0, 3], keyBytes);
        var readKey = Assert.IsType<OffsetCommitKey>(CoordinatorRecordTable.Groups.ReadKey(keyBytes));
        Assert.Equal(("g", "t", 3), (readKey.Group, readKey.Topic, readKey.Partition));

        byte[] valueBytes = CoordinatorRecordTable.WriteValue(new OffsetCommitValue { Offset = 42, Metadata = "m" }, 3);
        var value = Assert.IsType<OffsetCommitValue>(CoordinatorRecordTable.Groups.ReadValue(1, valueBytes, out short version));
        Assert.Equal((42, (short)3), (value.Offset, version));
    }

    [Fact]
    public void Every_coordinator_record_is_found_by_its_number()
    {
        foreach (MessageSchema schema in Schemas.All.Values)
        {
            (CoordinatorRecordTable? table, bool isKey) = schema.Kind switch
            {
                MessageKind.GroupKey => (CoordinatorRecordTable.Groups, true),
                MessageKind.GroupValue => (CoordinatorRecordTable.Groups, false),
                MessageKind.TransactionKey => (CoordinatorRecordTable.Transactions, true),
                MessageKind.TransactionValue => (CoordinatorRecordTable.Transactions, false),
                MessageKind.ShareKey => (CoordinatorRecordTable.ShareGroups, true),
                MessageKind.ShareValue => (CoordinatorRecordTable.ShareGroups, false),
                _ => (null, false),
            };
            if (table is null) continue;
            Assert.Equal(schema.Name, (isKey ? table.NewKey((short)schema.Key) : table.NewValue((short)schema.Key))?.GetType().Name);
        }
    }

    [Fact]
    public void A_key_of_newer_software_is_no_error() => Assert.Null(CoordinatorRecordTable.Groups.ReadKey([0x7F, 0, 1, 2, 3]));
}
