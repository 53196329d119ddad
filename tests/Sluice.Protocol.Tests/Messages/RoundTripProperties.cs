using FsCheck;
using FsCheck.Fluent;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tests.Support;

namespace Sluice.Protocol.Tests.Messages;

/// <summary>What holds for every message, version and content.</summary>
public sealed class RoundTripProperties
{
    public static TheoryData<string> Names => Schemas.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_is_read_back(string name)
    {
        MessageSchema schema = Schemas.All[name];
        Gen<(short Version, int Seed)> cases =
            from version in Gen.Choose(schema.Versions.Low, schema.Versions.High)
            from seed in Gen.Choose(0, int.MaxValue)
            select ((short)version, seed);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            IMessage message = MessageFiller.New(name, c.Version, new RandomSource(c.Seed));
            byte[] bytes = message.ToBytes(c.Version);
            IMessage read = Schemas.New(name);
            read.ReadAll(bytes.AsMemory(), c.Version);
            return MessageComparer.Difference(message, read) is null
                && bytes.AsSpan().SequenceEqual(read.ToBytes(c.Version))
                && bytes.Length == message.Size(c.Version);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Unknown_tags_are_skipped(string name)
    {
        MessageSchema schema = Schemas.All[name];
        foreach (short version in Schemas.Versions(name).Where(v => schema.Flexible.Contains(v)))
        {
            byte[] bytes = Schemas.New(name) is var message && TryBytes(message, version) is { } plain ? plain : MessageFiller.New(name, version, new RandomSource(7, 0)).ToBytes(version);
            // Without tags set, the last byte of a flexible message is its count of tags.
            if (bytes[^1] != 0 || schema.Root.Fields.Exists(f => f.Tagged.Contains(version))) continue;
            byte[] extended = [.. bytes[..^1], 2, 0xE8, 0x07, 3, 1, 2, 3, 0xE9, 0x07, 0];
            IMessage read = Schemas.New(name);
            read.ReadAll(extended.AsMemory(), version);
            Assert.Equal(bytes, read.ToBytes(version));
        }
    }

    private static byte[]? TryBytes(IMessage message, short version)
    {
        try
        {
            return message.ToBytes(version);
        }
        catch (MessageFieldException)
        {
            // The default of some field is null in a version that allows none.
            return null;
        }
    }
}
