namespace Sluice.Protocol.Tests;

public sealed class UuidTests
{
    [Theory]
    [InlineData(0UL, 0UL, "AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(0UL, 1UL, "AAAAAAAAAAAAAAAAAAAAAQ")]
    [InlineData(0xFFFFFFFFFFFFFFFFUL, 0xFFFFFFFFFFFFFFFEUL, "_____________________g")]
    public void Its_text_is_base64url_as_in_Kafka(ulong high, ulong low, string text)
    {
        Assert.Equal(text, new Uuid(high, low).ToString());
        Assert.Equal(new Uuid(high, low), Uuid.Parse(text));
        Assert.Equal(new Uuid(high, low), Uuid.Parse(text + "=="));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA+A")]
    public void Other_texts_are_refused(string? text)
    {
        Assert.False(Uuid.TryParse(text, out _));
        if (text is not null) Assert.Throws<FormatException>(() => Uuid.Parse(text));
    }

    [Fact]
    public void A_drawn_one_is_of_version_4()
    {
        byte[] random = new byte[16];
        new Random(1).NextBytes(random);
        var uuid = Uuid.FromRandom(random);
        Assert.Equal(4UL, uuid.High >> 12 & 0xF);
        Assert.Equal(2UL, uuid.Low >> 62);
    }

    [Fact]
    public void Those_that_Kafka_keeps_or_that_look_like_an_option_are_reserved()
    {
        Assert.True(Uuid.Zero.IsReserved);
        Assert.True(Uuid.MetadataTopic.IsReserved);
        Assert.True(Uuid.Parse("-AAAAAAAQACAAAAAAAAAAA").IsReserved);
        Assert.False(new Uuid(0, 100).IsReserved);
        Assert.False(Uuid.Parse("AAAAAAAAQACAAAAAAAAAAA").IsReserved);
    }

    [Fact]
    public void They_are_ordered_by_signed_halves()
    {
        Assert.True(new Uuid(ulong.MaxValue, 0) < Uuid.Zero);
        Assert.True(new Uuid(1, 0) > new Uuid(0, ulong.MaxValue));
        Assert.True(new Uuid(1, 5) >= new Uuid(1, 5));
        Assert.True(new Uuid(1, 5) <= new Uuid(1, 6));
        Assert.True(new Uuid(1, 5) != new Uuid(1, 6));
    }
}
