namespace Sluice.Core.Shards;

/// <summary>
/// A question to several shards, answered when all of them have answered. For requests that are not on the hot path: Produce, Fetch and
/// ListOffsets, which pool what they need, do the same by hand.
/// </summary>
/// <param name="finish">Runs once, on the shard that asks.</param>
internal sealed class Gathering(Action finish)
{
    // One for whoever asks, so that nothing ends before all are asked.
    private int _pending = 1;

    /// <summary>Has work done by a shard: at once when it is the one that asks.</summary>
    /// <param name="home">The shard that asks.</param>
    /// <param name="owner">The shard that is to do the work.</param>
    /// <param name="work">The work; until it is done, no other shard touches what it writes.</param>
    public void Ask(Shard home, int owner, Action<Shard> work)
    {
        _pending++;
        if (owner != home.Index)
        {
            home.Host.Post(owner, new Question(this, home.Index, work));
            return;
        }
        work(home);
        Done();
    }

    /// <summary>Has every shard do the same work.</summary>
    public void AskAll(Shard home, Action<Shard> work)
    {
        for (int owner = 0; owner < home.Host.ShardCount; owner++) Ask(home, owner, work);
    }

    /// <summary>Says that all have been asked.</summary>
    public void AllAreAsked() => Done();

    private void Done()
    {
        if (--_pending == 0) finish();
    }

    private sealed class Question(Gathering gathering, int home, Action<Shard> work) : ShardTask
    {
        private bool _isAnswered;

        public override void Run(Shard shard)
        {
            if (_isAnswered)
            {
                gathering.Done();
                return;
            }
            work(shard);
            _isAnswered = true;
            shard.Host.Post(home, this);
        }
    }
}
