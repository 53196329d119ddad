using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>
/// Metadata of all topics, as it was encoded for those who asked before: it costs what its partitions cost, and clients that ask again
/// and again would have a shard do little else. It holds until the metadata changes.
/// </summary>
internal sealed class MetadataAnswers
{
    /// <summary>Versions, listeners and options that are asked for at one time are few.</summary>
    private const int AnswersMax = 8;

    /// <summary>What a shard keeps for this.</summary>
    internal const int BytesMax = 4 * 1024 * 1024;

    private readonly Dictionary<Shape, EncodedResponse> _answers = [];
    private MetadataImage? _image;
    private long _bytes;

    /// <summary>What an answer depends on beside the metadata.</summary>
    /// <param name="Version">The version of the request.</param>
    /// <param name="ListenerName">The listener that it came by.</param>
    /// <param name="WithTopicOperations">Whether it tells what the client may do with each topic.</param>
    /// <param name="WithClusterOperations">Whether it tells what the client may do with the cluster.</param>
    internal readonly record struct Shape(short Version, string ListenerName, bool WithTopicOperations, bool WithClusterOperations);

    /// <summary>An answer that still holds; null when there is none.</summary>
    public EncodedResponse? Find(MetadataImage image, Shape shape) => _image == image ? _answers.GetValueOrDefault(shape) : null;

    /// <summary>Encodes an answer, and keeps it unless it is too large.</summary>
    public EncodedResponse Add(MetadataImage image, Shape shape, MetadataResponse response)
    {
        var answer = new EncodedResponse(response, shape.Version);
        if (_image != image || _answers.Count >= AnswersMax || _bytes + answer.Length > BytesMax)
        {
            _answers.Clear();
            _bytes = 0;
            _image = image;
        }
        if (answer.Length > BytesMax || !_answers.TryAdd(shape, answer)) return answer;
        _bytes += answer.Length;
        return answer;
    }
}
