using Sluice.Core.Fetching;

namespace Sluice.Core.Tests.Fetching;

public sealed class FetchSessionCacheTests
{
    private static FetchSessionCache Cache(int slots = 2, int shard = 1, int shards = 3) => new(slots, shard, shards, new Random(7));

    [Fact]
    public void A_session_id_tells_its_shard()
    {
        FetchSessionCache cache = Cache(slots: 100);
        for (int i = 0; i < 100; i++)
        {
            FetchSession session = cache.TryCreate(1, true, 0)!;
            Assert.True(session.Id > 0);
            Assert.Equal(1, FetchSessionCache.ShardOf(session.Id, 3));
            Assert.Same(session, cache.Find(session.Id));
        }
    }

    [Fact]
    public void A_full_cache_refuses_a_newcomer_while_its_sessions_are_young()
    {
        FetchSessionCache cache = Cache();
        Assert.NotNull(cache.TryCreate(1, true, 0));
        Assert.NotNull(cache.TryCreate(1, true, 0));
        Assert.Null(cache.TryCreate(1000, true, FetchSessionCache.EvictionMs));
        Assert.Equal(2, cache.Count);
    }

    [Fact]
    public void A_session_that_was_not_used_for_two_minutes_makes_room()
    {
        FetchSessionCache cache = Cache();
        FetchSession idle = cache.TryCreate(1, true, 0)!;
        FetchSession used = cache.TryCreate(1, true, 0)!;
        cache.Touch(used, FetchSessionCache.EvictionMs);
        Assert.NotNull(cache.TryCreate(1, true, FetchSessionCache.EvictionMs + 1));
        Assert.Null(cache.Find(idle.Id));
        Assert.NotNull(cache.Find(used.Id));
        Assert.Equal(1, cache.Evictions);
    }

    [Fact]
    public void A_larger_newcomer_takes_the_place_of_an_old_smaller_session_that_is_in_use()
    {
        FetchSessionCache cache = Cache(slots: 1);
        FetchSession small = cache.TryCreate(1, true, 0)!;
        small.Adopt(new FetchTarget { Topic = "t" });
        cache.Touch(small, FetchSessionCache.EvictionMs + 1);
        Assert.Null(cache.TryCreate(1, true, FetchSessionCache.EvictionMs + 2));
        Assert.NotNull(cache.TryCreate(2, true, FetchSessionCache.EvictionMs + 2));
        Assert.Null(cache.Find(small.Id));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(-1, -1)]
    public void Epochs_go_round(int epoch, int next) => Assert.Equal(next, FetchSession.NextEpoch(epoch));
}
