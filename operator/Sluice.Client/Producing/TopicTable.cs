using System.Collections.Concurrent;
using Sluice.Client.Cluster;
using Sluice.Protocol;

namespace Sluice.Client.Producing;

/// <summary>The topics that a producer has been asked to write.</summary>
internal sealed class TopicTable(ProducerOptions options, BufferMemory memory) : IDisposable
{
    private readonly ConcurrentDictionary<string, ProducerTopic> _topics = new(StringComparer.Ordinal);
    private ProducerTopic? _last;

    public IReadOnlyCollection<string> Names => (IReadOnlyCollection<string>)_topics.Keys;

    public ICollection<ProducerTopic> All => _topics.Values;

    public ProducerTopic? Find(string name) => _topics.GetValueOrDefault(name);

    public ProducerTopic Get(string name)
    {
        // Most producers write one topic, by the same string.
        ProducerTopic? last = _last;
        if (last is not null && ReferenceEquals(last.Name, name)) return last;
        return _last = _topics.GetOrAdd(name, static (name, self) => self.New(name), this);
    }

    /// <summary>Takes note of new partitions and leaders.</summary>
    public void Update(ClusterView view)
    {
        foreach (ProducerTopic topic in _topics.Values)
        {
            if (view.Topic(topic.Name) is { Error: ErrorCode.None } known) topic.Update(known);
        }
    }

    public void Dispose()
    {
        foreach (ProducerTopic topic in _topics.Values) topic.Dispose();
    }

    private ProducerTopic New(string name) => new(name, options, memory);
}
