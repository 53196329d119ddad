using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tests.Golden;
using Sluice.Protocol.Tests.Support;

namespace Sluice.Protocol.Tests.Messages;

/// <summary>What a message refuses to write, and what it drops.</summary>
public sealed class FieldRuleTests
{
    public static TheoryData<string> Names => Schemas.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_value_that_a_version_lacks_is_dropped_only_when_the_schema_says_so(string name)
    {
        MessageSchema schema = Schemas.All[name];
        foreach (short version in Schemas.Versions(name))
        {
            foreach (FieldSchema field in schema.Root.Fields.Where(f => !f.Versions.Contains(version)))
            {
                short other = (short)field.Versions.Intersect(schema.Versions).Low;
                if (field.Versions.Intersect(schema.Versions).IsEmpty) continue;
                IMessage message = MessageFiller.New(name, version, new GoldenRule("full"));
                byte[] without = message.ToBytes(version);
                IMessage later = MessageFiller.New(name, other, new GoldenRule("full"));
                var property = message.GetType().GetProperty(field.Name)!;
                if (Equals(property.GetValue(message), property.GetValue(later))) continue;
                property.SetValue(message, property.GetValue(later));
                if (field.Ignorable)
                {
                    Assert.Equal(without, message.ToBytes(version));
                    continue;
                }
                string error = Assert.Throws<MessageFieldException>(() => message.Size(version)).Message;
                Assert.Contains($"{name}.{field.Name}", error, StringComparison.Ordinal);
                Assert.Contains($"version {version}", error, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_null_that_cannot_be_is_named()
    {
        string error = Assert.Throws<MessageFieldException>(() => new TopicRecord { Name = null! }.Size(0)).Message;
        Assert.Contains("TopicRecord.Name", error, StringComparison.Ordinal);
        error = Assert.Throws<MessageFieldException>(() => new DescribeGroupsRequest { Groups = null! }.Size(0)).Message;
        Assert.Contains("DescribeGroupsRequest.Groups", error, StringComparison.Ordinal);
        error = Assert.Throws<MessageFieldException>(() => new DescribeGroupsRequest { Groups = [null!] }.Size(0)).Message;
        Assert.Contains("DescribeGroupsRequest.Groups", error, StringComparison.Ordinal);
        // Null topics mean all topics, but version 0 says that with an empty list.
        error = Assert.Throws<MessageFieldException>(() => new MetadataRequest { Topics = null }.Size(0)).Message;
        Assert.Contains("MetadataRequest.Topics", error, StringComparison.Ordinal);
        Assert.Equal(4, new MetadataRequest { Topics = null }.Size(1));
    }

    [Fact]
    public void A_text_that_is_too_long_is_named()
    {
        string error = Assert.Throws<MessageFieldException>(() => new TopicRecord { Name = new string('x', 32768) }.Size(0)).Message;
        Assert.Contains("TopicRecord.Name takes 32768 bytes", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_that_does_not_exist_is_refused()
    {
        Assert.Contains("3 to 13", Assert.Throws<MessageFieldException>(() => new ProduceRequest().Size(2)).Message, StringComparison.Ordinal);
        Assert.Contains("3 to 13", Assert.Throws<ProtocolException>(() => new ProduceRequest().ReadAll(new byte[10].AsMemory(), 14)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tagged_struct_at_its_defaults_is_not_written()
    {
        var response = new FetchResponse { Responses = [new() { Partitions = [new() { CurrentLeader = new() }] }] };
        Assert.Equal(new FetchResponse { Responses = [new() { Partitions = [new()] }] }.ToBytes(17), response.ToBytes(17));
        response.Responses[0].Partitions[0].CurrentLeader!.LeaderId = 5;
        var read = new FetchResponse();
        read.ReadAll(response.ToBytes(17).AsMemory(), 17);
        Assert.Equal(5, read.Responses[0].Partitions[0].CurrentLeader?.LeaderId);
        Assert.Null(read.Responses[0].Partitions[0].DivergingEpoch);
    }
}
