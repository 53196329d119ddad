using System.Security.Cryptography;
using System.Text;
using Compatibility.Clients;
using Support;
using Support.Clients;

namespace Compatibility;

/// <summary>kcat (librdkafka) writes a file of keyed lines and reads the same bytes back, with every codec.</summary>
public sealed class KcatTests
{
    [SkippableTheory]
    [InlineData("none", 0)]
    [InlineData("gzip", 1)]
    [InlineData("snappy", 2)]
    [InlineData("lz4", 3)]
    [InlineData("zstd", 4)]
    public void A_file_written_with_a_codec_is_read_back_byte_for_byte(string codec, int bits)
    {
        Judges.Command("kcat");
        using var broker = new TestBroker();
        string written = WriteLines(Path.Combine(broker.Folder, "lines"), Megabytes());
        string read = Path.Combine(broker.Folder, "read");

        Shell.Bash("kcat -b $1 -t lines -p 0 -P -K : -z $2 -l $3", broker.Bootstrap, codec, written).Succeeded();
        Shell.Bash("kcat -b $1 -t lines -p 0 -C -o beginning -e -q -f '%k:%s\\n' > $2", broker.Bootstrap, read).Succeeded();

        Assert.Equal(new FileInfo(written).Length, new FileInfo(read).Length);
        Assert.Equal(Hash(written), Hash(read));
        Assert.Contains(bits, Logs.CodecsOf(broker, "lines")); // librdkafka leaves a batch as it is when compression gains nothing
    }

    [SkippableTheory]
    [InlineData("none", 0)]
    [InlineData("gzip", 1)]
    [InlineData("snappy", 2)]
    [InlineData("lz4", 3)]
    [InlineData("zstd", 4)]
    public void A_broker_on_a_machine_without_their_libraries_takes_every_codec(string codec, int bits)
    {
        string kcat = Judges.Command("kcat");
        string[] launcher = HiddenLibraries.Launcher();
        Assert.Contains("shared libraries", Shell.Run(launcher[0], [.. launcher[1..], kcat, "-V"]).Errors);
        using var broker = new TestBroker(launcher, []);
        // This one compresses what comes plain.
        using var compressing = new TestBroker(launcher, [$"compression.type={(codec == "none" ? "uncompressed" : codec)}"]);
        Assert.Contains("zstd by ZstdSharp", broker.Log);
        string written = WriteLines(Path.Combine(broker.Folder, "lines"), megabytes: 2);
        string read = Path.Combine(broker.Folder, "read"), compressed = Path.Combine(broker.Folder, "compressed");

        Shell.Bash("kcat -b $1 -t lines -p 0 -P -K : -z $2 -l $3", broker.Bootstrap, codec, written).Succeeded();
        Shell.Bash("kcat -b $1 -t lines -p 0 -P -K : -l $2", compressing.Bootstrap, written).Succeeded();
        Shell.Bash("kcat -b $1 -t lines -p 0 -C -o beginning -e -q -f '%k:%s\\n' > $2", broker.Bootstrap, read).Succeeded();
        Shell.Bash("kcat -b $1 -t lines -p 0 -C -o beginning -e -q -f '%k:%s\\n' > $2", compressing.Bootstrap, compressed).Succeeded();

        Assert.Equal(Hash(written), Hash(read));
        Assert.Equal(Hash(written), Hash(compressed));
        Assert.Contains(bits, Logs.CodecsOf(broker, "lines"));
        Assert.Equal([bits], Logs.CodecsOf(compressing, "lines"));

        // And Confluent.Kafka, on the same machine: its librdkafka has the codecs in it.
        var confluent = new Librdkafka(launcher);
        ClientRecord[] records = [.. Enumerable.Range(0, 2000).Select(i => new ClientRecord(0, $"key-{i}", $"{i} the same words again and again, ä ö ü", [("number", $"{i}"), ("none", null)]))];
        confluent.Produce(broker.Bootstrap, "records", codec, records);
        (long Offset, ClientRecord Record)[] back = [.. confluent.ConsumeWithOffsets(broker.Bootstrap, "records", records.Length)];
        Assert.Equal(Enumerable.Range(0, records.Length).Select(i => (long)i), back.Select(r => r.Offset));
        Assert.Equal(records.Select(r => r.Fingerprint()), back.Select(r => r.Record.Fingerprint()));
        Assert.Equal([bits], Logs.CodecsOf(broker, "records"));
    }

    [SkippableFact]
    public void Headers_null_values_and_empty_keys_come_back_as_they_were_sent()
    {
        Judges.Command("kcat");
        using var broker = new TestBroker();
        Shell.Bash("printf 'k1:\\n' | kcat -b $1 -t mixed -p 0 -P -K : -Z -H a=1 -H b=", broker.Bootstrap).Succeeded();
        Shell.Bash("printf 'v only\\n' | kcat -b $1 -t mixed -p 0 -P", broker.Bootstrap).Succeeded();

        string read = Shell.Bash("kcat -b $1 -t mixed -p 0 -C -o beginning -e -q -f '%K|%k|%S|%s|%h\\n'", broker.Bootstrap).Succeeded();

        Assert.Equal("2|k1|-1||a=1,b=\n-1||6|v only|\n", read);
    }

    [SkippableFact]
    public void What_was_acknowledged_survives_a_kill_and_the_next_record_gets_the_next_offset()
    {
        Judges.Command("kcat");
        using var broker = new TestBroker();
        Shell.Bash("seq 1 1000 | kcat -b $1 -t kept -p 0 -P", broker.Bootstrap).Succeeded();
        for (int round = 1; round <= 3; round++)
        {
            broker.KillHard();
            broker.Start();
            Shell.Bash("echo after | kcat -b $1 -t kept -p 0 -P", broker.Bootstrap).Succeeded();
            string offsets = Shell.Bash("kcat -b $1 -t kept -p 0 -C -o beginning -e -q -f '%o\\n'", broker.Bootstrap).Succeeded();
            Assert.Equal(Enumerable.Range(0, 1000 + round).Select(i => $"{i}"), offsets.TrimEnd().Split('\n'));
        }
    }

    [SkippableFact]
    public void A_time_finds_the_offset_of_the_first_record_that_is_not_older()
    {
        Judges.Command("kcat");
        using var broker = new TestBroker();
        Shell.Bash("echo first | kcat -b $1 -t times -p 0 -P; sleep 0.1; echo second | kcat -b $1 -t times -p 0 -P", broker.Bootstrap).Succeeded();
        string[] times = Shell.Bash("kcat -b $1 -t times -p 0 -C -o beginning -e -q -f '%T\\n'", broker.Bootstrap).Succeeded().TrimEnd().Split('\n');

        Assert.Contains("offset 1", Shell.Bash("kcat -b $1 -Q -t times:0:$2", broker.Bootstrap, times[1]).Succeeded());
        Assert.Contains("offset 0", Shell.Bash("kcat -b $1 -Q -t times:0:$2", broker.Bootstrap, times[0]).Succeeded());
    }

    // SLUICE_TEST_MEGABYTES makes it as large as one likes; what continuous integration writes is enough for several fetches and segments.
    private static int Megabytes() => int.Parse(Environment.GetEnvironmentVariable("SLUICE_TEST_MEGABYTES") ?? "8");

    private static string WriteLines(string path, int megabytes)
    {
        var random = new Random(7);
        using var file = new StreamWriter(path, false, new UTF8Encoding(false));
        for (long bytes = 0, i = 0; bytes < megabytes * 1_000_000L; i++)
        {
            string line = $"key-{i}:{i} {Convert.ToBase64String(BitConverter.GetBytes(random.NextInt64()))} the same words again and again, ä ö ü";
            file.Write(line);
            file.Write('\n');
            bytes += line.Length + 1;
        }

        return path;
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }
}
