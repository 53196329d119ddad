using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Messages;

/// <summary>
/// A message of the protocol or a record of a file. Generated from a schema. An instance may be read into again: reading sets every
/// field. What is read from memory shares the memory: fields of bytes and records are slices of the frame.
/// </summary>
public interface IMessage
{
    /// <summary>The first version that can be read and written.</summary>
    short FirstVersion { get; }

    /// <summary>The last version that can be read and written.</summary>
    short LastVersion { get; }

    /// <summary>Reads the message in the encoding of a version.</summary>
    /// <exception cref="ProtocolException">The bytes are malformed, or ask for more memory than the reader's budget allows.</exception>
    void Read(ref WireReader reader, short version);

    /// <summary>Adds the exact size of the encoding, after checking that the message can be written in that version.</summary>
    /// <exception cref="MessageFieldException">A field is null, too long, or set in a version that lacks it.</exception>
    void Measure(ref WireSize size, short version);

    /// <summary>Writes the message; the caller measured it before and gives room for exactly that.</summary>
    void Write(ref WireWriter writer, short version);
}

/// <summary>The body of a request.</summary>
public interface IRequest : IMessage
{
    /// <summary>The API that it asks.</summary>
    ApiKey ApiKey { get; }
}

/// <summary>The body of a request whose answer is known by type.</summary>
public interface IRequest<TResponse> : IRequest
    where TResponse : class, IResponse, new()
{
    /// <summary>The API, without an instance.</summary>
    static abstract ApiKey Key { get; }
}

/// <summary>The body of a response.</summary>
public interface IResponse : IMessage
{
    /// <summary>The API that it answers.</summary>
    ApiKey ApiKey { get; }

    /// <summary>Names every error code that the response carries, in itself and in its parts, as often as it is there.</summary>
    void CollectErrors(IErrorCollector collector);
}

/// <summary>Is told the errors of responses; for counting.</summary>
public interface IErrorCollector
{
    /// <summary>A response carries this code, which is not <see cref="ErrorCode.None"/>.</summary>
    void Add(ErrorCode error);
}

/// <summary>A record, or the key or value of one, that a number names among its like.</summary>
public interface IKeyedMessage : IMessage
{
    /// <summary>The number.</summary>
    short MessageKey { get; }
}

/// <summary>A record of the metadata log.</summary>
public interface IMetadataRecord : IKeyedMessage;
