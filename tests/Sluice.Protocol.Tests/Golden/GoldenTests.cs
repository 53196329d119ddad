using System.Text;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tests.Support;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Tests.Golden;

/// <summary>Every message in every version has the bytes that Apache Kafka's classes write and read.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Names => Schemas.Names;

    [Fact]
    public void Kafka_has_the_messages_that_we_have() => Assert.Equal(Schemas.All.Keys, GoldenFile.MessageNames.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_version_is_judged(string name)
    {
        Assert.Equal(Schemas.Versions(name), GoldenFile.Messages(name).Where(m => m.Variant == "full").Select(m => m.Version));
        IMessage message = Schemas.New(name);
        Assert.Equal(Schemas.All[name].Versions.Low, message.FirstVersion);
        Assert.Equal(Schemas.All[name].Versions.High, message.LastVersion);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_filled_as_in_Kafka_has_the_same_bytes(string name)
    {
        foreach (GoldenMessage golden in GoldenFile.Messages(name))
        {
            IMessage message = Filled(golden);
            Assert.True(golden.Bytes.AsSpan().SequenceEqual(message.ToBytes(golden.Version)), Explain(golden, message));
            Assert.Equal(golden.Bytes.Length, message.Size(golden.Version));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_bytes_of_Kafka_are_read_as_the_same_values(string name)
    {
        // One instance reads everything, so that what an earlier message left would show.
        IMessage read = Schemas.New(name);
        foreach (GoldenMessage golden in GoldenFile.Messages(name))
        {
            read.ReadAll(golden.Bytes.AsMemory(), golden.Version);
            Assert.Null(MessageComparer.Difference(Filled(golden), read, $"{name} version {golden.Version} {golden.Variant}"));
            Assert.Equal(golden.Bytes, read.ToBytes(golden.Version));
            IMessage copied = Schemas.New(name);
            copied.ReadAll(golden.Bytes.AsSpan(), golden.Version);
            Assert.Null(MessageComparer.Difference(read, copied));
        }
    }

    [Fact]
    public void Malformed_text_is_read_as_Kafka_reads_it()
    {
        foreach (string[] row in GoldenFile.Rows("utf8"))
        {
            byte[] text = Convert.FromHexString(row[1]);
            byte[] bytes = [(byte)(text.Length + 1), .. text];
            var reader = new WireReader(bytes.AsMemory());
            Assert.Equal(row[2], Convert.ToHexStringLower(Encoding.UTF8.GetBytes(reader.ReadString(compact: true)!)));
        }
    }

    private static IMessage Filled(GoldenMessage golden) => golden.Variant == "default"
        ? Schemas.New(golden.Name)
        : MessageFiller.New(golden.Name, golden.Version, new GoldenRule(golden.Variant));

    private static string Explain(GoldenMessage golden, IMessage message) =>
        $"{golden.Name} version {golden.Version} {golden.Variant}\nKafka  {Convert.ToHexString(golden.Bytes)}\nSluice {Convert.ToHexString(message.ToBytes(golden.Version))}";
}
