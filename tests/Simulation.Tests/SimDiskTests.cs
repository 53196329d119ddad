using Simulation.Disks;
using Sluice.Storage.Disk;

namespace Simulation.Tests;

public sealed class SimDiskTests
{
    private static SimDisk NewDisk(int seed = 1)
    {
        var disk = new SimDisk(new Random(seed), () => 0);
        disk.CreateDirectory("/d");
        disk.SyncDirectory("/");
        return disk;
    }

    private static byte[] Content(SimDisk disk, string path)
    {
        using IDiskFile file = disk.Open(path, DiskAccess.Read);
        byte[] bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    [Fact]
    public void What_was_flushed_in_a_synced_directory_survives_every_loss_of_power()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            SimDisk disk = NewDisk(seed);
            IDiskFile file = disk.Open("/d/f", DiskAccess.Create);
            file.Write(0, new byte[] { 1, 2, 3 });
            file.Flush();
            disk.SyncDirectory("/d");
            file.Write(3, new byte[] { 4 });
            disk.LosePower();
            Assert.Equal([1, 2, 3], Content(disk, "/d/f")[..3]);
        }
    }

    [Fact]
    public void What_was_not_flushed_is_lost_in_some_losses_and_there_in_others()
    {
        var lengths = new HashSet<int>();
        for (int seed = 0; seed < 50; seed++)
        {
            SimDisk disk = NewDisk(seed);
            IDiskFile file = disk.Open("/d/f", DiskAccess.Create);
            disk.SyncDirectory("/d");
            file.Write(0, new byte[2000]);
            disk.LosePower();
            lengths.Add(Content(disk, "/d/f").Length);
        }
        Assert.Equal([0, 2000], lengths.Order());
    }

    [Fact]
    public void A_write_is_torn_between_sectors_and_never_inside_one()
    {
        bool torn = false;
        for (int seed = 0; seed < 200; seed++)
        {
            SimDisk disk = NewDisk(seed);
            IDiskFile file = disk.Open("/d/f", DiskAccess.Create);
            file.Write(0, new byte[4 * SimFileNode.SectorSize]);
            file.Flush();
            disk.SyncDirectory("/d");
            byte[] ones = new byte[4 * SimFileNode.SectorSize];
            Array.Fill(ones, (byte)1);
            file.Write(0, ones);
            disk.LosePower();
            int[] sectors = [.. Content(disk, "/d/f").Chunk(SimFileNode.SectorSize).Select(sector => Assert.Single(sector.Distinct()))];
            torn |= sectors.Distinct().Count() == 2;
        }
        Assert.True(torn);
    }

    [Fact]
    public void A_name_that_was_not_synced_may_be_lost_and_a_rename_is_one_step()
    {
        var outcomes = new HashSet<string>();
        for (int seed = 0; seed < 100; seed++)
        {
            SimDisk disk = NewDisk(seed);
            disk.Open("/d/a", DiskAccess.Create).Flush();
            disk.SyncDirectory("/d");
            disk.Rename("/d/a", "/d/b");
            disk.LosePower();
            outcomes.Add(string.Join(' ', disk.List("/d").Select(e => e.Name)));
        }
        Assert.Equal(["a", "b"], outcomes.Order());
    }

    [Fact]
    public void What_is_written_through_a_map_is_lost_like_all_else_until_it_is_flushed()
    {
        var values = new HashSet<byte>();
        for (int seed = 0; seed < 50; seed++)
        {
            SimDisk disk = NewDisk(seed);
            IDiskFile file = disk.Open("/d/f", DiskAccess.Create);
            file.Reserve(100);
            file.Flush();
            disk.SyncDirectory("/d");
            IDiskMap map = file.Map(100);
            map.Bytes[0] = 7;
            map.Dispose();
            if (seed % 2 == 0) file.Flush();
            disk.LosePower();
            byte value = Content(disk, "/d/f")[0];
            if (seed % 2 == 0) Assert.Equal(7, value);
            else values.Add(value);
        }
        Assert.Equal(new byte[] { 0, 7 }, values.Order());
    }

    [Fact]
    public void A_failed_flush_is_not_made_good_by_the_next_one()
    {
        bool lost = false;
        for (int seed = 0; seed < 50; seed++)
        {
            SimDisk disk = NewDisk(seed);
            IDiskFile file = disk.Open("/d/f.log", DiskAccess.Create);
            file.Write(0, new byte[] { 1 });
            file.Flush();
            disk.SyncDirectory("/d");
            file.Write(0, new byte[] { 2 });
            disk.Faults.FlushFails = 1;
            Assert.Throws<DiskException>(file.Flush);
            disk.Faults.FlushFails = 0;
            file.Flush();
            disk.LosePower();
            lost |= Content(disk, "/d/f.log")[0] == 1;
        }
        Assert.True(lost);
    }

    [Fact]
    public void A_killed_process_loses_nothing_but_its_locks()
    {
        SimDisk disk = NewDisk();
        disk.Lock("/d/.lock");
        Assert.Throws<DiskException>(() => disk.Lock("/d/.lock"));
        IDiskFile file = disk.Open("/d/f", DiskAccess.Create);
        file.Write(0, new byte[] { 1 });
        disk.KillProcess();
        Assert.Equal([1], Content(disk, "/d/f"));
        disk.Lock("/d/.lock").Dispose();
        Assert.Throws<InvalidOperationException>(() => file.Length);
    }

    [Fact]
    public void A_full_disk_takes_what_fits_and_refuses_the_rest()
    {
        SimDisk disk = NewDisk();
        disk.Capacity = 1000;
        IDiskFile file = disk.Open("/d/f", DiskAccess.Create);
        DiskException refused = Assert.Throws<DiskException>(() => file.Write(0, new byte[1500]));
        Assert.Equal(DiskErrorKind.NoSpace, refused.Kind);
        Assert.Equal(1000, file.Length);
        file.SetLength(0);
        file.Write(0, new byte[1000]);
    }
}
