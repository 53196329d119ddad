using Sluice.Storage.Logs;
using Sluice.Storage.Tests.Support;

namespace Sluice.Storage.Tests;

public class SpaceReserveTests
{
    private const long Plenty = 64 * 1024 * 1024;
    private readonly MemoryDisk _disk = TestLog.NewDisk();

    private static LogDirectory Open(MemoryDisk disk)
    {
        LogDirectory directory = LogDirectory.Open(disk, TestLog.Root);
        directory.Reserve.Begin();
        return directory;
    }

    [Fact]
    public void Room_is_kept_and_given_up_once_and_taken_back_when_there_is_twice_as_much()
    {
        using LogDirectory directory = Open(_disk);
        SpaceReserve reserve = directory.Reserve;
        _disk.BytesLeft = Plenty;
        Assert.False(reserve.Fill());
        long held = _disk.FileLength("/data/reserve");
        Assert.InRange(held, 256 * 1024, 4 * 1024 * 1024);
        Assert.False(reserve.IsSpent);

        _disk.BytesLeft = 0;
        Assert.True(reserve.TryGiveUp());
        Assert.True(reserve.IsSpent);
        Assert.False(reserve.TryGiveUp());
        _disk.BytesLeft = 2 * held - 1;
        Assert.False(reserve.Fill());
        Assert.True(reserve.IsSpent);
        _disk.BytesLeft = Plenty;
        Assert.True(reserve.Fill());
        Assert.False(reserve.IsSpent);
    }

    [Fact]
    public void A_start_on_a_full_disk_gives_the_room_up_and_the_next_one_knows()
    {
        using (LogDirectory directory = Open(_disk))
        {
            _disk.BytesLeft = Plenty;
            directory.Reserve.Fill();
        }
        MemoryDisk full = _disk.Kill();
        full.BytesLeft = 0;
        using (LogDirectory directory = Open(full)) Assert.True(directory.Reserve.IsSpent);
        MemoryDisk still = full.Kill();
        still.BytesLeft = 0;
        using LogDirectory again = Open(still);
        Assert.True(again.Reserve.IsSpent);
        still.BytesLeft = Plenty;
        Assert.True(again.Reserve.Fill());
    }

    [Fact]
    public void Where_there_never_was_room_nothing_is_refused_for_it()
    {
        _disk.BytesLeft = 300 * 1024;
        using LogDirectory directory = Open(_disk);
        Assert.False(directory.Reserve.Fill());
        Assert.False(directory.Reserve.TryGiveUp());
        Assert.False(directory.Reserve.IsSpent);
        Assert.False(_disk.FileExists("/data/reserve"));
    }
}
