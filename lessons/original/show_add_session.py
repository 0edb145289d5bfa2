def show_add_session(request):
    has_key = False
    if request.session.has_key('res'):
        res = request.session.get('res')
        has_key = True

    if has_key:
        response = render(request, 'booktest/add.html', {"res": res})
    else:
        response = render(request, 'booktest/add.html', {'res': 0})
        request.session['res'] = 0
    return response
