using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Frames;

/// <summary>A response that is encoded once and sent often: the bytes of its body in one version, and the errors that it carries.</summary>
public sealed class EncodedResponse : IResponse
{
    private readonly byte[] _body;
    private readonly short _version;
    private readonly ErrorCode[] _errors;

    /// <summary>Encodes a response. What it was made of is not kept.</summary>
    /// <param name="response">The response; one without records in files.</param>
    /// <param name="version">The version that it is encoded in, the only one in which it can be sent.</param>
    /// <exception cref="MessageFieldException">The response cannot be written in that version.</exception>
    public EncodedResponse(IResponse response, short version)
    {
        ApiKey = response.ApiKey;
        _version = version;
        _body = response.ToBytes(version);
        var errors = new ErrorList();
        response.CollectErrors(errors);
        _errors = [.. errors.Errors];
    }

    /// <inheritdoc/>
    public ApiKey ApiKey { get; }

    /// <inheritdoc/>
    public short FirstVersion => _version;

    /// <inheritdoc/>
    public short LastVersion => _version;

    /// <summary>How many bytes it is.</summary>
    public int Length => _body.Length;

    /// <inheritdoc/>
    public void CollectErrors(IErrorCollector collector)
    {
        foreach (ErrorCode error in _errors) collector.Add(error);
    }

    /// <inheritdoc/>
    public void Measure(ref WireSize size, short version)
    {
        if (version != _version) throw new InvalidOperationException($"{ApiKey} was encoded in version {_version} and cannot be sent in {version}.");
        size.Add(_body.Length);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer, short version) => writer.WriteEncoded(_body);

    /// <summary>Not possible: an encoded response is only sent.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void Read(ref WireReader reader, short version) => throw new NotSupportedException("An encoded response is only sent.");

    private sealed class ErrorList : IErrorCollector
    {
        public List<ErrorCode> Errors { get; } = [];

        public void Add(ErrorCode error) => Errors.Add(error);
    }
}
