"""The GraphQL that the bot asks: pull requests with their conversations. It mutates nothing."""

_ACTOR = "login __typename ... on User { databaseId } ... on Bot { databaseId }"
_EDITED = f"lastEditedAt editor {{ {_ACTOR} }}"
_REMARKS = f"nodes {{ databaseId body createdAt {_EDITED} author {{ {_ACTOR} }} }}"
_THREADS = f"""reviewThreads(first: 100, after: $after) {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{
    id isResolved
    resolvedBy {{ login __typename databaseId }}
    opening: comments(first: 1) {{ {_REMARKS} }}
    comments(last: 100) {{ {_REMARKS} }}
  }}
}}"""
_REVIEWS = f"""pageInfo {{ hasPreviousPage startCursor }}
  nodes {{ databaseId body submittedAt {_EDITED} author {{ {_ACTOR} }} commit {{ oid }} }}"""
PULL_REQUEST = f"""query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  viewer {{ login __typename databaseId }}
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{
      number title body state
      author {{ {_ACTOR} }}
      baseRef {{ target {{ oid }} }} baseRefOid headRefOid
      commits(last: 1) {{
        totalCount
        nodes {{ commit {{ associatedPullRequests(first: 100) {{
          nodes {{ number state headRefOid }}
        }} }} }}
      }}
      reviews(last: 100) {{ {_REVIEWS} }}
      comments(last: 100) {{ {_REMARKS} }}
      {_THREADS}
    }}
  }}
}}"""
THREADS = f"""query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{ {_THREADS} }} }}
}}"""
REVIEWS = f"""query($owner: String!, $name: String!, $number: Int!, $before: String) {{
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{ reviews(last: 100, before: $before) {{ {_REVIEWS} }} }}
  }}
}}"""
