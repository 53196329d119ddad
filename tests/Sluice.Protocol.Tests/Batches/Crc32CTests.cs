using System.Text;
using Sluice.Protocol.Batches;

namespace Sluice.Protocol.Tests.Batches;

public class Crc32CTests
{
    [Fact]
    public void The_check_value_of_the_algorithm_is_right() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void Hardware_and_software_agree_at_every_length_and_alignment()
    {
        byte[] data = new byte[40_000];
        new Random(7).NextBytes(data);
        for (int length = 0; length < 3000; length++)
            Assert.Equal(Crc32C.Software(0, data.AsSpan(length % 9, length)), Crc32C.Hardware(0, data.AsSpan(length % 9, length)));
        foreach (int length in new[] { 3 * 4096 - 1, 3 * 4096, 3 * 4096 + 1, 25_000, 39_999 })
            Assert.Equal(Crc32C.Software(5, data.AsSpan(1, length)), Crc32C.Hardware(5, data.AsSpan(1, length)));
    }

    [Fact]
    public void A_checksum_continues_where_another_ended()
    {
        byte[] data = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("sluice ", 5000)));
        uint whole = Crc32C.Compute(data);
        foreach (int cut in new[] { 0, 1, 8, 777, 20_000, data.Length })
            Assert.Equal(whole, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)));
    }
}
