using System.Text;
using Simulation.Disks;
using Simulation.Models;
using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;

namespace Simulation.Tests;

public sealed class SurvivorsTests
{
    private const string Log = "/d/t-0/00000000000000000000.log";
    private readonly SimDisk _disk = new(new Random(1), () => 0);
    private readonly Survivors _survivors;
    private long _end;
    private long _position;

    public SurvivorsTests()
    {
        _disk.CreateDirectory("/d/t-0");
        _disk.SyncDirectory("/");
        _disk.SyncDirectory("/d");
        _survivors = new Survivors(_disk, "/d");
    }

    [Fact]
    public void A_batch_survives_when_its_bytes_and_the_name_of_its_file_are_flushed()
    {
        Assert.Equal(-1, _survivors.EndOf("t-0", mayHaveHoles: false));
        IDiskFile file = _disk.Open(Log, DiskAccess.Create);
        Append(file, 3);
        file.Flush();
        Assert.Equal(-1, _survivors.EndOf("t-0", mayHaveHoles: false));
        _disk.SyncDirectory("/d/t-0");
        Assert.Equal(3, _survivors.EndOf("t-0", mayHaveHoles: false));
        Append(file, 2);
        Assert.Equal(3, _survivors.EndOf("t-0", mayHaveHoles: false));
        file.Flush();
        Assert.Equal(5, _survivors.EndOf("t-0", mayHaveHoles: false));
    }

    [Fact]
    public void What_lies_behind_a_segment_that_would_be_missing_does_not_count()
    {
        IDiskFile first = _disk.Open(Log, DiskAccess.Create);
        _disk.SyncDirectory("/d/t-0");
        Append(first, 3);
        _position = 0;
        IDiskFile second = _disk.Open("/d/t-0/00000000000000000003.log", DiskAccess.Create);
        Append(second, 2);
        second.Flush();
        _disk.SyncDirectory("/d/t-0");
        Assert.Equal(0, _survivors.EndOf("t-0", mayHaveHoles: false));
        Assert.Equal(5, _survivors.EndOf("t-0", mayHaveHoles: true));
        first.Flush();
        Assert.Equal(5, _survivors.EndOf("t-0", mayHaveHoles: false));
    }

    [Fact]
    public void A_checkpoint_says_what_was_flushed_of_it()
    {
        IDiskFile file = _disk.Open("/d/c", DiskAccess.Create);
        file.Write(0, Encoding.UTF8.GetBytes("0\n2\nt 0 17\nt 10 4\n"));
        file.Flush();
        Assert.Equal(0, _survivors.Checkpointed("c", "t", 0));
        _disk.SyncDirectory("/d");
        Assert.Equal(17, _survivors.Checkpointed("c", "t", 0));
        Assert.Equal(0, _survivors.Checkpointed("c", "t", 1));
    }

    private void Append(IDiskFile file, int records)
    {
        using var builder = new RecordBatchBuilder();
        for (int i = 0; i < records; i++) builder.Append(0, null, new byte[10]);
        byte[] batch = builder.Build();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(batch, _end);
        file.Write(_position, batch);
        _position += batch.Length;
        _end += records;
    }
}
