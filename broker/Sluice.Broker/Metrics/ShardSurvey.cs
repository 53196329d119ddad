using Sluice.Broker.Hosting;
using Sluice.Core.Shards;

namespace Sluice.Broker.Metrics;

/// <summary>
/// What each shard last said of itself. Only a shard may look at what it owns, so each is asked by a message just before the metrics
/// are read, and one that does not answer in time is shown as it was.
/// </summary>
/// <typeparam name="T">What a shard says; not changed after it was said.</typeparam>
internal sealed class ShardSurvey<T>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly IReadOnlyList<ShardLoop> _loops;
    private readonly Func<Shard, T> _ask;
    private readonly T[] _latest;

    /// <param name="loops">The loops of the shards.</param>
    /// <param name="unasked">What stands for a shard that has not answered yet.</param>
    /// <param name="ask">Asks a shard, on its thread.</param>
    internal ShardSurvey(IReadOnlyList<ShardLoop> loops, T unasked, Func<Shard, T> ask)
    {
        _loops = loops;
        _ask = ask;
        _latest = new T[loops.Count];
        Array.Fill(_latest, unasked);
    }

    /// <summary>The last answers, by shard.</summary>
    internal IReadOnlyList<T> Latest => _latest;

    /// <summary>Asks every shard; ends when all have answered, or patience has.</summary>
    internal Task RefreshAsync()
    {
        var answers = new Task[_loops.Count];
        for (int i = 0; i < answers.Length; i++)
        {
            var question = new Question(this);
            answers[i] = question.Answered;
            _loops[i].Enqueue(question);
        }
        return Task.WhenAny(Task.WhenAll(answers), Task.Delay(Patience));
    }

    private sealed class Question(ShardSurvey<T> survey) : ShardTask
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Answered => _answered.Task;

        public override void Run(Shard shard)
        {
            survey._latest[shard.Index] = survey._ask(shard);
            _answered.SetResult();
        }
    }
}
